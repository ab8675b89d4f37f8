using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>The repository in the state folder, with the key that is generated for it.</summary>
public sealed class FirstStartTests
{
    private static readonly bool IsRoot = Environment.UserName == "root";

    /// <remarks>Root's state folder is the machine's own: as root, a mount namespace hides it behind an empty one.</remarks>
    private static Task<Outcome> RunAsync(Sandbox box, string script)
    {
        box.WriteSecret("script", "hf() { \"$HOLDFAST_BINARY\" \"$@\"; }\nset -u\n" + (IsRoot
            ? "mount -t tmpfs none /var/lib && S=/var/lib/holdfast || exit 99\n"
            : "S=\"$XDG_STATE_HOME/holdfast\"\n") + script);
        return IsRoot ? box.RunAsync("unshare", ["-m", "/bin/sh", box.At("script")]) : box.RunAsync("/bin/sh", [box.At("script")]);
    }

    [Fact]
    public async Task A_dry_run_makes_nothing()
    {
        using var box = new Sandbox();
        Outcome outcome = await RunAsync(box, """
            mkdir src && echo a > src/file
            hf backup -n src || exit 1
            find "$S" home -mindepth 1 2> /dev/null
            exit 0
            """);
        outcome.ShouldSucceed().Error.ShouldContain("there is no repository yet");
        outcome.Error.ShouldContain("/holdfast/repository");
        outcome.Lines[^1].ShouldBe("dry run: no snapshot saved");
    }

    [Fact]
    public async Task A_key_without_repository_is_used_by_init_too()
    {
        using var box = new Sandbox();
        (await RunAsync(box, """
            mkdir -p "$S" && echo 'left behind' > "$S/repository.key" && chmod 600 "$S/repository.key"
            export HOLDFAST_PASSWORD=other
            hf init -q && hf list
            """)).ShouldSucceed();
    }

    [Fact]
    public async Task Key_and_repository_stay_together()
    {
        using var box = new Sandbox();
        string other = box.WriteSecret("other", "from the environment");
        string next = box.WriteSecret("next", "the next password");
        Outcome outcome = await RunAsync(box, $$"""
            mkdir src && echo a > src/file
            mkdir -p "$S" && echo half > "$S/repository.key.new"            # left behind by a start that was killed
            hf backup -q src & one=$!
            hf backup -q src & two=$!
            wait $one; echo first $?
            wait $two; echo second $?
            hf list --json | grep -o '"short_id"' | wc -l

            export RESTIC_PASSWORD_FILE={{other}}
            hf list -q > /dev/null; echo environment $?
            hf -p {{other}} list -q > /dev/null 2>&1; echo option $?
            hf key passwd -q --new-password-file {{other}}; echo passwd $?
            unset RESTIC_PASSWORD_FILE
            stat -c %a "$S/repository.key"; cat "$S/repository.key"
            hf backup -q src; echo unattended $?

            hf key add -q --new-password-file {{next}}
            hf -p {{next}} key passwd -q --new-password-file {{box.PasswordFile}}; echo another $?
            hf backup -q src; echo unattended $?
            hf key remove $(hf key list --json | grep -o '"current":true[^}]*"id":"[^"]*' | sed 's/.*"//') > /dev/null 2>&1; echo remove $?
            ls "$S"
            """);
        outcome.ShouldSucceed().Lines.ShouldBe(
            [
                "first 0", "second 0", "2", "environment 0", "option 12", "passwd 0", "600", "from the environment", "unattended 0",
                "another 0", "unattended 0", "remove 1", "repository", "repository.key", "repository.key.new",
            ], outcome.Error);
    }
}

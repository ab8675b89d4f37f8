using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary>Lists, adds and removes the keys of a repository: its passwords.</summary>
internal static class KeyCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("key", """
            Look after the keys of the repository. Each key is a password that opens all of it; adding or removing one
            encrypts nothing anew.

            Examples:
              holdfast key list
              holdfast key add --new-password-file /root/second.pw
              holdfast key passwd
            """);
        command.Subcommands.Add(List(output));
        command.Subcommands.Add(Add(output));
        command.Subcommands.Add(Remove(output));
        command.Subcommands.Add(ChangePassword(output));
        return command;
    }

    private static Command List(Output output)
    {
        var command = new Command("list", "List the keys; the one in use is marked with *.");
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.ForReadingAsync(parsed, output, cancellation);
            List<KeyInfo> keys = await held.Repository.ListKeysAsync(held.Cancellation);
            if (output.IsJson)
            {
                output.Json(
                    [.. keys.Select(k => new ListedKey(k.IsCurrent, k.Id.ToString(), k.User, k.Host, Time(k)))], LookJson.Default.ListListedKey);
                return ExitCode.Done;
            }

            var table = new Table { Border = TableBorder.Simple };
            table.AddColumns(" ID", "User", "Host", "Created");
            foreach (KeyInfo key in keys)
            {
                table.AddRow((key.IsCurrent ? "*" : " ") + key.Id.Hash.ToShortString(), Shown(key.User), Shown(key.Host), Time(key));
            }

            output.Table(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Add(Output output)
    {
        var command = new Command("add", "Add a key: one more password.");
        Option<string?> file = NewPasswordFile();
        var user = new Option<string?>("--user") { Description = "whose key it is, for the list (default: who runs this)", HelpName = "name" };
        var host = new Option<string?>("--host") { Description = "of which machine it is, for the list (default: this one)", HelpName = "name" };
        command.Options.Add(file);
        command.Options.Add(user);
        command.Options.Add(host);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: false, writes: true, cancellation);
            KeyId id = await held.Repository.AddKeyAsync(NewPassword(parsed.GetValue(file), output), held.Cancellation, parsed.GetValue(user), parsed.GetValue(host));
            Tell("key_added", $"added key {id.Hash.ToShortString()}", id, output);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove(Output output)
    {
        var command = new Command("remove", "Remove a key: its password opens the repository no longer. The key in use stays.");
        var name = new Argument<string>("id") { Description = "the beginning of its id" };
        command.Arguments.Add(name);
        command.SetAction(async (parsed, cancellation) =>
        {
            NamedFile.RequireHex("key", parsed.GetValue(name)!);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: true, cancellation);
            BackendFile file = await NamedFile.FindAsync(held.Repository, FileType.Key, parsed.GetValue(name)!, held.Cancellation);
            var id = new KeyId(Hash256.Parse(file.Name));
            await held.Repository.RemoveKeyAsync(id, held.Cancellation);
            Tell("key_removed", $"removed key {id.Hash.ToShortString()}", id, output);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command ChangePassword(Output output)
    {
        var command = new Command("passwd", "Change the password: add a key with the new one, then remove the key in use.");
        Option<string?> file = NewPasswordFile();
        command.Options.Add(file);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: true, cancellation);
            string password = NewPassword(parsed.GetValue(file), output);
            KeyId id = held.HasStateKey
                ? await ChangeStateKeyAsync(held, password)
                : await held.Repository.ChangePasswordAsync(password, null, held.Cancellation);
            Tell("password_changed", $"the password is changed; its key is {id.Hash.ToShortString()}", id, output);
            if (held.HasStateKey)
            {
                output.Say($"{StateFolder.Key} holds the new password: keep a copy of it elsewhere");
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Changes the password in the key file too: the next backup, which nobody watches, opens the repository with it.</summary>
    private static async Task<KeyId> ChangeStateKeyAsync(HeldRepository held, string password)
    {
        if (password != password.Trim())
        {
            throw new UsageException($"a password with white space around it cannot be kept in {StateFolder.Key}: give another");
        }

        // The key file has the new password before the old one stops to open the repository: at no moment does it have one that does not.
        byte[] aside = StateFolder.WriteKeyAside(password);
        bool isUsed = false;
        try
        {
            return await held.Repository.ChangePasswordAsync(password, () => { StateFolder.UseKey(aside); isUsed = true; }, held.Cancellation);
        }
        finally
        {
            if (!isUsed)
            {
                StateFolder.Drop(aside);
            }
        }
    }

    private static Option<string?> NewPasswordFile() => new("--new-password-file")
    {
        Description = "file to read the new password from, readable by its owner only (default: ask)", HelpName = "file",
    };

    private static string NewPassword(string? file, Output output)
    {
        if (file is null && !Machine.IsTerminal(0))
        {
            throw new UsageException("no new password: give --new-password-file");
        }

        string password = file is null ? Password.FromTerminal(output, isNew: true, "password of the repository", "--new-password-file") : Password.FromFile(file);
        return password.Length > 0 ? password : throw new UsageException("an empty password protects nothing: give another");
    }

    private static void Tell(string type, string sentence, KeyId id, Output output)
    {
        if (output.IsJson)
        {
            output.Json(new(type, id.ToString()), LookJson.Default.KeyChanged);
        }

        output.Say(sentence);
    }

    private static string Time(KeyInfo key) => key.Created.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");

    private static string Shown(string text) => Markup.Escape(PathText.Printable(text));
}

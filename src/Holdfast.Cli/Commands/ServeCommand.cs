using System.CommandLine;
using System.Net;
using Holdfast.Cli.Access;
using Holdfast.Cli.Serve;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.View;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Shows the snapshots to browsers and WebDAV clients.</summary>
internal static class ServeCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("serve", """
            Show the snapshots to browsers and WebDAV clients, read-only, until Ctrl-C.

            Examples:
              holdfast serve
              holdfast serve latest:/srv/www --listen 127.0.0.1:9000
              holdfast serve --listen 10.0.0.5:8080 --user admin --user-password-file web.password
            """);
        var name = new Argument<string?>("snapshot") { Description = "id or latest, and perhaps a folder in it: latest:/etc; all if none", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "all snapshots, by id, time, host and tag; the default" };
        var listen = new Option<string>("--listen")
        {
            Description = "address and port; port 0 is any that is free", HelpName = "address:port", DefaultValueFactory = _ => "127.0.0.1:8080",
        };
        var user = new Option<string?>("--user") { Description = "let in who knows this name, and the password", HelpName = "name" };
        var password = new Option<string?>("--user-password-file") { Description = "file with the password of --user, readable by its owner only", HelpName = "file" };
        var insecure = new Option<bool>("--insecure") { Description = "listen at an address that others can reach, without a password" };
        command.Arguments.Add(name);
        foreach (Option option in (Option[])[all, listen, user, password, insecure])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string? snapshot = parsed.GetValue(name);
            if (snapshot is not null && parsed.GetValue(all))
            {
                throw new UsageException("--all and a snapshot exclude each other: give one of them");
            }

            IPEndPoint address = ReadAddress(parsed.GetValue(listen)!);
            Gate gate = ReadGate(parsed.GetValue(user), parsed.GetValue(password), parsed.GetValue(insecure), address);
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            await using RepositoryView view = await OpenAsync(held, snapshot, parsed, choice);
            using WebServer server = await WebServer.StartAsync(address, new WebAnswers(view, gate, output).AnswerAsync, held.Cancellation);
            if (parsed.GetValue(user) is null && !output.IsQuiet)
            {
                output.Warn($"everybody {(IPAddress.IsLoopback(address.Address) ? "on this machine" : "who reaches it")} can read what is served; --user lets in only who knows a password");
            }

            output.SayReady($"serving at {server.Address}, until Ctrl-C", new("listening", null, server.Address));
            await Task.Delay(Timeout.Infinite, held.Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.StopAsync();
            return output.IsLockLost ? throw new OperationCanceledException(held.Cancellation) : ExitCode.Done;
        });
        return command;
    }

    private static async Task<RepositoryView> OpenAsync(HeldRepository held, string? snapshot, ParseResult parsed, SnapshotOptions choice)
    {
        if (snapshot is null)
        {
            return await RepositoryView.OfAllAsync(
                held.Indexed, s => choice.Filter(parsed, s), [.. PathTemplate.Defaults.Select(t => new PathTemplate(t, new(TimeTemplate.Default)))], held.Cancellation);
        }

        ChosenSnapshot chosen = await choice.ChooseAsync(parsed, held.Repository, snapshot, held.Cancellation);
        return RepositoryView.OfSnapshot(held.Indexed, chosen.Stored, await chosen.FindTreeAsync(held.Indexed, held.Cancellation), held.Cancellation);
    }

    private static IPEndPoint ReadAddress(string text)
    {
        string numbers = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + text["localhost".Length..] : text;
        return IPEndPoint.TryParse(numbers, out IPEndPoint? address) && numbers.LastIndexOf(':') > numbers.LastIndexOfAny(['.', ']'])
            && numbers.AsSpan().ContainsAny('.', ']')
            ? address
            : throw new UsageException($"'{PathText.Printable(text)}' is no address to listen at: write 127.0.0.1:8080 or [::1]:8080");
    }

    private static Gate ReadGate(string? user, string? passwordFile, bool insecure, IPEndPoint address)
    {
        if (user is null != passwordFile is null)
        {
            throw new UsageException("--user and --user-password-file belong together: give both");
        }

        if (user is null && !insecure && !IPAddress.IsLoopback(address.Address))
        {
            throw new UsageException($"others can reach {address}: give --user and --user-password-file, or --insecure to let everybody read everything");
        }

        string? password = passwordFile is null ? null : Password.FromFile(passwordFile);
        return password is { Length: 0 } ? throw new UsageException("an empty password protects nothing: give another")
            : user?.Contains(':') == true ? throw new UsageException("a name for --user has no colon")
            : new(user, password, insecure);
    }
}

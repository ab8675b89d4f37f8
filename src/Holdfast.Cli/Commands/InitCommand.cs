using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Makes an empty repository.</summary>
internal static class InitCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("init", """
            Make an empty, encrypted repository.

            Examples:
              holdfast -r /srv/backup --password-file /root/backup.pw init
              holdfast -r /mnt/disk/backup init --from-repo /srv/backup --copy-chunker-params
            """);
        var location = new Argument<string?>("location") { Description = "where, in place of --repo", Arity = ArgumentArity.ZeroOrOne };
        var polynomial = new Option<string?>("--chunker-polynomial")
        {
            Description = "cut content as another repository does: the polynomial from its `cat config`, so that copies share chunks", HelpName = "hex",
        };
        var copyParameters = new Option<bool>("--copy-chunker-params")
        {
            Description = "cut content as the repository does that --from-repo names, so that copies from there share chunks with backups here",
        };
        command.Arguments.Add(location);
        var parity = new Option<string?>("--parity")
        {
            Description = "store beside each pack what corrects damage of about this share of it, such as 5%", HelpName = "share",
        };
        command.Options.Add(polynomial);
        command.Options.Add(parity);
        command.Options.Add(copyParameters);
        var from = new FromOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool copies = parsed.GetValue(copyParameters);
            if (!copies && from.IsGiven(parsed))
            {
                throw new UsageException("--from-repo is for --copy-chunker-params here: give both");
            }

            Polynomial? chosen = ParsePolynomial(parsed.GetValue(polynomial));
            if (copies)
            {
                chosen = chosen is null
                    ? await ReadPolynomialAsync(from.Access(parsed, output), cancellation)
                    : throw new UsageException("--chunker-polynomial and --copy-chunker-params exclude each other: give one of them");
            }

            double? percent = parsed.GetValue(parity) is { } share ? ParityCommand.ParseShare(share) : null;
            await using OpenRepository repository = await new RepositoryAccess(parsed, output).CreateAsync(parsed.GetValue(location), chosen, cancellation);
            if (percent is not null)
            {
                await repository.SaveParityAsync(percent, cancellation);
            }

            string id = repository.Config.Id;
            if (output.IsJson)
            {
                output.Json(new("initialized", id, repository.Backend.Location), CliJson.Default.Initialized);
            }

            output.Say($"made repository {id[..10]} at {repository.Backend.Location}");
            output.Say("without its password nobody can read it again: keep the password in a second place");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<Polynomial> ReadPolynomialAsync(RepositoryAccess access, CancellationToken cancellation)
    {
        await using OpenRepository other = await access.OpenAsync(cancellation);
        return other.Config.Polynomial;
    }

    private static Polynomial? ParsePolynomial(string? text) =>
        text is null ? null
        : Polynomial.TryParse(text, out Polynomial polynomial) && polynomial.Degree == Polynomial.ChunkerDegree && polynomial.IsIrreducible ? polynomial
        : throw new UsageException($"'{text}' is no irreducible polynomial of degree 53 in hexadecimal digits");
}

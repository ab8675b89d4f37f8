using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Shows or sets how much parity new packs get.</summary>
internal static class ParityCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("parity", """
            Show or set how much parity is stored beside each new pack. It corrects sectors of a pack that were flipped or
            lost, up to about this share of it. The setting is kept in the repository, for everybody who writes to it.

            Examples:
              holdfast parity                       what is set
              holdfast parity 5%                    then: holdfast repair parity, for what is there already
              holdfast parity off
            """);
        var share = new Argument<string?>("share") { Description = "such as 5%, or off", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> dryRun = DryRunOption.Create();
        command.Arguments.Add(share);
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            string? text = parsed.GetValue(share);
            double? chosen = text is null or "off" ? null : ParseShare(text);
            bool writes = text is not null && !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: false, writes, cancellation);
            if (writes)
            {
                await held.Repository.SaveParityAsync(chosen, held.Cancellation);
            }

            Print(text is null ? await held.Repository.LoadParityAsync(held.Cancellation) : chosen, text is not null && !writes, output);
            return ExitCode.Done;
        });
        return command;
    }

    /// <exception cref="UsageException"/>
    internal static double ParseShare(string text) =>
        text.EndsWith('%')
        && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
        && percent is > 0 and <= 100
            ? percent
            : throw new UsageException($"'{text}' is no share for parity: write a percentage up to 100%, such as 5%");

    private static void Print(double? percent, bool isPlan, Output output)
    {
        if (output.IsJson)
        {
            output.Json(new("parity", percent), RepairJson.Default.ParityChoice);
        }

        string would = isPlan ? "would be set: " : string.Empty;
        output.Say(percent is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"{would}new packs get parity of {share}% of their size; `holdfast repair parity` makes it for packs that have none")
            : $"{would}new packs get no parity; what is there stays in holdfast/parity");
    }
}

using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Access;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>The options of prune, spelled as restic spells them; for every command that prunes.</summary>
internal sealed class PruneCommandOptions
{
    private readonly Option<string> _maxUnused = new("--max-unused")
    {
        Description = "unused data that may stay: a share of the repository such as 5%, a size such as 200M, or unlimited", HelpName = "limit",
        DefaultValueFactory = _ => "5%",
    };

    private readonly Option<string?> _maxRepackSize = new("--max-repack-size") { Description = "repack no more than this in one run", HelpName = "size" };

    private readonly Option<bool> _cacheableOnly = new("--repack-cacheable-only") { Description = "repack only packs of trees" };

    private readonly Option<bool> _small = new("--repack-small") { Description = "put together all packs below four fifths of the pack size" };

    private readonly Option<string?> _smallerThan = new("--repack-smaller-than") { Description = "put together all packs smaller than this", HelpName = "size" };

    private readonly Option<bool> _uncompressed = new("--repack-uncompressed") { Description = "compress what is stored uncompressed" };

    internal PruneCommandOptions(Command command)
    {
        foreach (Option option in (Option[])[_maxUnused, _maxRepackSize, _cacheableOnly, _small, _smallerThan, _uncompressed])
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UsageException"/>
    internal PruneOptions Read(ParseResult parsed)
    {
        string? smallerThan = parsed.GetValue(_smallerThan);
        if (smallerThan is not null && parsed.GetValue(_small))
        {
            throw new UsageException("--repack-small and --repack-smaller-than exclude each other: give one of them");
        }

        if (parsed.GetValue(_uncompressed) && GlobalOptions.ChosenCompression(parsed) == CompressionMode.Off)
        {
            throw new UsageException("--repack-uncompressed and --compression off exclude each other: give one of them");
        }

        return new()
        {
            MaxUnused = ParseLimit(parsed.GetValue(_maxUnused)!),
            MaxRepackBytes = parsed.GetValue(_maxRepackSize) is { } size ? Sizes.Parse(size, _maxRepackSize.Name) : long.MaxValue,
            SmallerThan = smallerThan is not null ? Sizes.Parse(smallerThan, "--repack-smaller-than") : parsed.GetValue(_small) ? ((long)GlobalOptions.ChosenPackSize(parsed) << 20) * 4 / 5 : null,
            CacheableOnly = parsed.GetValue(_cacheableOnly),
            RepackUncompressed = parsed.GetValue(_uncompressed),
            WithoutLock = parsed.GetValue(GlobalOptions.NoLock),
        };
    }

    /// <summary>What can only be said of an open repository.</summary>
    /// <exception cref="UsageException"/>
    internal void Require(OpenRepository repository, PruneOptions options)
    {
        if (options.RepackUncompressed && !repository.Config.CanCompress)
        {
            throw new UsageException($"--repack-uncompressed: the repository is of version {repository.Config.Version}, which knows no compression");
        }

        if (options.SmallerThan > repository.Options.PackSize)
        {
            throw new UsageException(
                $"{_smallerThan.Name} {options.SmallerThan} would put packs together again and again: new ones have {repository.Options.PackSize >> 20} MiB, give no more than that, or a larger --pack-size");
        }
    }

    private static UnusedLimit ParseLimit(string text)
    {
        text = text.Trim();
        if (text == "unlimited")
        {
            return UnusedLimit.Unlimited;
        }

        if (!text.EndsWith('%'))
        {
            return UnusedLimit.Bytes(Sizes.Parse(text, "--max-unused", ", 5%, unlimited"));
        }

        return double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is >= 0 and < 100
            ? UnusedLimit.Percent(percent)
            : throw new UsageException($"--max-unused '{text}' is no share: write 0% to below 100%, a size such as 200M, or unlimited");
    }
}

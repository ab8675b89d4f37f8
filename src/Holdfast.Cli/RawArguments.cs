using Holdfast.Linux;

namespace Holdfast.Cli;

/// <summary>The runtime hands over arguments as UTF-8, with every other byte lost; the kernel still has them as they were.</summary>
internal static class RawArguments
{
    private const char Replacement = '\uFFFD';

    /// <summary>The arguments in the encoding of <see cref="PathText"/>.</summary>
    internal static string[] Restore(string[] arguments)
    {
        if (!arguments.Any(a => a.Contains(Replacement)))
        {
            return arguments;
        }

        byte[] line = File.ReadAllBytes("/proc/self/cmdline");
        var all = new List<string>();
        while (line.AsSpan().IndexOf((byte)0) is var end and >= 0)
        {
            all.Add(PathText.Decode(line.AsSpan(0, end)));
            line = line[(end + 1)..];
        }

        return all.Count >= arguments.Length ? [.. all.TakeLast(arguments.Length)] : arguments;
    }
}

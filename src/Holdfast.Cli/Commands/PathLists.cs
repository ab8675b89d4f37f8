using System.Text;
using Holdfast.Archiver;
using Holdfast.Linux;

namespace Holdfast.Cli.Commands;

/// <summary>Lists of paths or patterns from files. Names are bytes, so the files are read as bytes.</summary>
internal static class PathLists
{
    /// <summary>The lines of a file, or of standard input for <c>-</c>.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    internal static IEnumerable<string> Lines(string file) => Split(file, (byte)'\n').Select(l => l.TrimEnd('\r'));

    /// <summary>
    /// The patterns in a file: one a line, without blanks around them, empty lines and comments; with $NAME and ${NAME}
    /// replaced from the environment.
    /// </summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    internal static IEnumerable<string> Patterns(string file) => Lines(file).Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith('#'))
        .Select(ExpandVariables).Where(l => l.Length > 0);

    /// <summary>The entries of a file, each ended by a NUL byte, as `find -print0` writes them.</summary>
    /// <exception cref="UsageException">The file cannot be read, or has an empty entry.</exception>
    internal static IEnumerable<string> NulSeparated(string file)
    {
        foreach (string entry in Split(file, 0))
        {
            yield return entry.Length > 0 ? entry : throw new UsageException($"{file} has an empty entry");
        }
    }

    /// <summary>What a path with wildcards stands for on this machine now; a path without any stands for itself.</summary>
    internal static IEnumerable<string> Expand(string pattern)
    {
        if (pattern.IndexOfAny(['*', '?', '[']) < 0)
        {
            return [pattern];
        }

        string clean = TargetPath.Clean(pattern, Environment.CurrentDirectory);
        IEnumerable<string> found = [""];
        foreach (string part in clean.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var one = new PathPattern("/" + part, ignoreCase: false);
            found = part.IndexOfAny(['*', '?', '[']) < 0
                ? found.Select(f => f + "/" + part)
                : found.SelectMany(f => Names(f).Where(n => one.Matches("/" + n)).Select(n => f + "/" + n));
        }

        return found;
    }

    /// <summary>Replaces as Go's os.Expand does, which restic uses, so that the same file means the same; $$ is a dollar.</summary>
    private static string ExpandVariables(string line)
    {
        var text = new StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != '$' || i + 1 == line.Length)
            {
                text.Append(line[i]);
                continue;
            }

            (string? name, int length) = VariableName(line.AsSpan(i + 1));
            text.Append(name is null ? length > 0 ? string.Empty : "$" : name == "$" ? "$" : Environment.GetEnvironmentVariable(name));
            i += length;
        }

        return text.ToString();
    }

    /// <returns>No name and a length for what Go calls bad syntax and leaves out; neither where the dollar stands for itself.</returns>
    private static (string? Name, int Length) VariableName(ReadOnlySpan<char> text)
    {
        const string Special = "*#$@!?-0123456789";
        if (text[0] == '{')
        {
            int end = text.IndexOf('}');
            return end < 0 ? (null, 1) : end == 1 ? (null, 2) : (text[1..end].ToString(), end + 1);
        }

        if (Special.Contains(text[0]))
        {
            return (text[..1].ToString(), 1);
        }

        int length = 0;
        while (length < text.Length && (text[length] == '_' || char.IsAsciiLetterOrDigit(text[length])))
        {
            length++;
        }

        return length == 0 ? (null, 0) : (text[..length].ToString(), length);
    }

    private static IEnumerable<string> Names(string folder)
    {
        try
        {
            using DirectoryHandle handle = DirectoryHandle.Open(folder.Length == 0 ? "/" : folder);
            return [.. handle.ReadNames().Select(n => PathText.Decode(n))];
        }
        catch (LinuxException)
        {
            return []; // what cannot be listed has no matches, as in a shell
        }
    }

    private static List<string> Split(string file, byte separator)
    {
        byte[] content;
        try
        {
            content = file == "-" ? ReadStandardInput() : File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {e.Message}");
        }

        var entries = new List<string>();
        ReadOnlySpan<byte> rest = content;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf(separator);
            entries.Add(PathText.Decode(end < 0 ? rest : rest[..end]));
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return entries;
    }

    private static byte[] ReadStandardInput()
    {
        using Stream input = Console.OpenStandardInput();
        using var memory = new MemoryStream();
        input.CopyTo(memory);
        return memory.ToArray();
    }
}

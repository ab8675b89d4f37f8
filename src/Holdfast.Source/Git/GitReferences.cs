using System.Text;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>What HEAD and all references of a repository say, at one moment.</summary>
internal sealed class GitReferences
{
    /// <summary>A reference would have to move between each two of so many readings.</summary>
    private const int Attempts = 1000;

    /// <summary>Some 500,000 references.</summary>
    private const int MostPacked = 64 << 20;

    private static readonly Comparer<string> s_byBytes = Comparer<string>.Create((a, b) => PathText.Encode(a).AsSpan().SequenceCompareTo(PathText.Encode(b)));

    private readonly SortedDictionary<string, string> _hashes = new(s_byBytes);
    private readonly SortedDictionary<string, string> _symbolic = new(s_byBytes);

    private GitReferences(string head) => Head = head;

    /// <summary>The content of HEAD: <c>ref: refs/heads/main</c>, or a hash.</summary>
    internal string Head { get; }

    /// <summary>References to other references: their content, by name.</summary>
    internal IReadOnlyDictionary<string, string> Symbolic => _symbolic;

    /// <summary>All hashes that something leads to, one a line, as git reads them.</summary>
    internal byte[] Tips => Encoding.ASCII.GetBytes(string.Concat(_hashes.Values.Append(Head).Where(h => GitFolder.IsHash(h)).Distinct().Select(h => h + "\n")));

    /// <summary>All references with a hash, as one file that git reads.</summary>
    internal byte[] Packed => PathText.Encode("# pack-refs with: sorted \n" + string.Concat(_hashes.Select(r => $"{r.Value} {r.Key}\n")));

    /// <summary>
    /// Reads them until two readings in a row say the same: what was so in both was so between them (D49), whatever order git
    /// writes in.
    /// </summary>
    /// <param name="folder">The git directory.</param>
    /// <exception cref="InvalidDataException">One is damaged, or they never stand still.</exception>
    /// <exception cref="LinuxException"/>
    internal static GitReferences ReadMoment(string folder)
    {
        GitReferences last = Read(folder);
        for (int i = 0; i < Attempts; i++)
        {
            GitReferences now = Read(folder);
            if (now.IsSame(last))
            {
                now.RequireWhole();
                return now;
            }

            last = now;
        }

        throw new InvalidDataException("its references never stand still; run this when less is going on");
    }

    internal bool IsSame(GitReferences other) => Head == other.Head && _hashes.SequenceEqual(other._hashes) && _symbolic.SequenceEqual(other._symbolic);

    private static GitReferences Read(string folder)
    {
        using DirectoryHandle handle = DirectoryHandle.Open(folder);
        byte[] head = GitFolder.TryReadFile(handle, "HEAD"u8) ?? throw new InvalidDataException("its HEAD is gone");
        var references = new GitReferences(PathText.Decode(head).TrimEnd());

        // Loose before packed: git packs first and removes then, so none falls between the two.
        using (DirectoryHandle loose = handle.OpenDirectory("refs"u8))
        {
            references.ReadLoose(loose, "refs");
        }

        references.ReadPacked(PathText.Decode(GitFolder.TryReadFile(handle, "packed-refs"u8, MostPacked) ?? []));
        return references;
    }

    private void ReadLoose(DirectoryHandle folder, string path)
    {
        foreach (byte[] raw in folder.ReadNames())
        {
            string name = PathText.Decode(raw);
            if (name.StartsWith('.') || name.EndsWith(".lock", StringComparison.Ordinal) || !folder.TryStatus(raw, out FileStatus status))
            {
                continue;
            }

            if (status.IsDirectory)
            {
                ReadLooseBelow(folder, raw, $"{path}/{name}");
            }
            else if (GitFolder.TryReadFile(folder, raw) is { } content)
            {
                string text = PathText.Decode(content).TrimEnd();
                (text.StartsWith("ref:", StringComparison.Ordinal) ? _symbolic : _hashes)[$"{path}/{name}"] = text;
            }
        }
    }

    private void ReadLooseBelow(DirectoryHandle folder, byte[] name, string path)
    {
        try
        {
            using DirectoryHandle below = folder.OpenDirectory(name);
            ReadLoose(below, path);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            // git removes folders that have become empty.
        }
    }

    private void ReadPacked(string text)
    {
        foreach (string line in text.Split('\n').Where(l => l.Length > 0 && l[0] is not ('#' or '^')))
        {
            int blank = line.IndexOf(' ');
            if (blank < 0 || !GitFolder.IsHash(line.AsSpan(0, blank)))
            {
                throw new InvalidDataException($"its packed-refs is damaged: '{PathText.Printable(line)}'");
            }

            string name = line[(blank + 1)..];
            if (!_symbolic.ContainsKey(name))
            {
                _hashes.TryAdd(name, line[..blank]);
            }
        }
    }

    private void RequireWhole()
    {
        foreach ((string name, string hash) in _hashes.Where(r => !GitFolder.IsHash(r.Value)))
        {
            throw new InvalidDataException($"its reference {PathText.Printable(name)} is damaged: it has {hash.Length} bytes that are no hash");
        }

        if (!Head.StartsWith("ref:", StringComparison.Ordinal) && !GitFolder.IsHash(Head))
        {
            throw new InvalidDataException("its HEAD is damaged");
        }
    }
}

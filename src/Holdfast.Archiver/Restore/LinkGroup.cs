namespace Holdfast.Archiver;

/// <summary>
/// The names of one file that has several. The first of them is restored; the others become hard links to it when it is
/// done, and wait until then.
/// </summary>
internal sealed class LinkGroup(RestoreDirectory directory, byte[] name, long seen)
{
    private readonly Lock _lock = new();
    private List<LinkName>? _waiting = [];
    private LinkOutcome _outcome;

    /// <summary>Where the first name is.</summary>
    internal RestoreDirectory Directory { get; } = directory;

    internal byte[] Name { get; } = name;

    /// <summary>How many of the names the walk has met; its own.</summary>
    internal long Seen { get; set; } = seen;

    /// <summary>Keeps a name until the file is there; false, with what became of it, where that is known already.</summary>
    internal bool TryWait(LinkName name, out LinkOutcome outcome)
    {
        lock (_lock)
        {
            _waiting?.Add(name);
            outcome = _outcome;
            return _waiting is not null;
        }
    }

    /// <summary>The file is there, or will never be; returns the names that waited.</summary>
    internal List<LinkName> Settle(LinkOutcome outcome)
    {
        lock (_lock)
        {
            List<LinkName> waiting = _waiting ?? [];
            _waiting = null;
            _outcome = outcome;
            return waiting;
        }
    }
}

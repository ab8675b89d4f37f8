namespace Holdfast.Fixtures;

/// <summary>How a call goes wrong.</summary>
public enum Fault
{
    /// <summary>It is not made, and fails.</summary>
    Fails,

    /// <summary>Half of a write is made, and it fails. Only of files: a backend has a file whole or not at all.</summary>
    Torn,

    /// <summary>It is made, and its caller is told that it failed.</summary>
    ReplyLost,

    /// <summary>It is not made, nor any after it: the process was killed.</summary>
    Killed,

    /// <summary>It is made, and none after it.</summary>
    KilledAfterwards,
}

namespace Holdfast.Backend;

/// <summary>What went wrong, as far as a caller may want to act on it; the command line turns it into an exit code.</summary>
public enum BackupErrorKind
{
    /// <summary>The repository, or a file, snapshot or path in it, is not there.</summary>
    NotFound,

    /// <summary>Another process holds a lock that excludes this operation.</summary>
    Locked,

    /// <summary>No key of the repository opens with the password given.</summary>
    WrongPassword,

    /// <summary>Stored data is not what was written: damaged, truncated or forged.</summary>
    Corrupt,

    /// <summary>The storage does not answer, or refuses.</summary>
    Unreachable,

    /// <summary>No room is left where the data should go.</summary>
    NoSpace,

    /// <summary>The repository or the request asks for something that this version does not know.</summary>
    Unsupported,

    /// <summary>The request would do harm, or makes no sense here.</summary>
    Refused,

    /// <summary>Something to be captured could not be, or not whole: a server, a tool, a command.</summary>
    Source,

    /// <summary>What was captured last time is not there any more, and nobody said that it may be gone.</summary>
    Gone,

    /// <summary>The operation was given up halfway; nothing that was promised is lost.</summary>
    Aborted,
}

/// <summary>An operation on a repository failed. The message is one sentence fit for the user: what, where, and what to do.</summary>
public sealed class BackupException : Exception
{
    public BackupException(BackupErrorKind kind, string message, Exception? cause = null, bool isTransient = false)
        : base(message, cause)
    {
        Kind = kind;
        IsTransient = isTransient;
    }

    public BackupErrorKind Kind { get; }

    /// <summary>Whether the same call may succeed later without anybody doing anything.</summary>
    public bool IsTransient { get; }

    public static BackupException Corrupt(string what, Exception? cause = null) => new(BackupErrorKind.Corrupt, what, cause);
}

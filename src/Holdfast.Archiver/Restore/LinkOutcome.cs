namespace Holdfast.Archiver;

/// <summary>What became of a file that has several names.</summary>
internal enum LinkOutcome
{
    There,

    /// <summary>It could not be put under its first name.</summary>
    Failed,

    /// <summary>The repository cannot give its content back.</summary>
    Lost,
}

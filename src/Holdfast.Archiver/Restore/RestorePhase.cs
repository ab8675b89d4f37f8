namespace Holdfast.Archiver;

/// <summary>What a restore is busy with.</summary>
public enum RestorePhase
{
    Restoring,

    /// <summary>Reading the restored files back.</summary>
    Verifying,

    Done,
}

using Holdfast.Backend;

namespace Holdfast.Cli;

/// <summary>What the program's exit code says; restic's numbers where restic has one. The table is in docs/exit-codes.md.</summary>
internal static class ExitCode
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int SourceIncomplete = 3;
    internal const int SourceGone = 4;
    internal const int RepositoryMissing = 10;
    internal const int Locked = 11;
    internal const int WrongPassword = 12;
    internal const int Interrupted = 130;

    internal static int Of(BackupErrorKind kind) => kind switch
    {
        BackupErrorKind.Locked => Locked,
        BackupErrorKind.WrongPassword => WrongPassword,
        BackupErrorKind.Gone => SourceGone,
        _ => Failed,
    };
}

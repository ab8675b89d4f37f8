using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// The time in which a file could change after the parent snapshot had read it and keep its times. A page of a shared mapping
/// gives the file a new time when it is written to the first time, and not again until the kernel has brought it to the disk,
/// after 30 s by default (vm.dirty_expire_centisecs); and two writes in one tick of the clock have one time. So what
/// changed while the parent ran, or just before, is read again (D62). Git knows the same as racily clean entries.
/// </summary>
internal sealed class UnseenWrites
{
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(1);

    private readonly FileTime _from;
    private readonly FileTime _to;
    private readonly bool _ignoreChangeTime;

    internal UnseenWrites(Snapshot parent, bool ignoreChangeTime)
    {
        _from = FileTime.FromDateTimeOffset((parent.Summary?.BackupStart ?? parent.Time) - _margin);

        // A time after the parent's end was set by a clock that was wrong, and would have its file read in every run.
        _to = parent.Summary is { } summary ? FileTime.FromDateTimeOffset(summary.BackupEnd + _margin) : new(long.MaxValue, 0);
        _ignoreChangeTime = ignoreChangeTime;
    }

    internal bool MayBeIn(in FileStatus status)
    {
        FileTime last = _ignoreChangeTime ? status.ModifyTime : status.ChangeTime;
        return last >= _from && last <= _to;
    }
}

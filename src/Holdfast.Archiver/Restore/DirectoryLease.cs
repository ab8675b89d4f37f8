using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>An open directory that stays open until this is disposed.</summary>
internal readonly struct DirectoryLease(DirectoryPool pool, RestoreDirectory directory, DirectoryHandle handle) : IDisposable
{
    internal DirectoryHandle Handle { get; } = handle;

    public void Dispose() => pool.Return(directory);
}

using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Keeps a damaged pack, before it leaves the repository, as a file in the current folder: better tools may read it one day.</summary>
internal static class PackCopy
{
    private const int Part = 1 << 20;

    /// <summary>Removes the copy that this run made of a pack that stays.</summary>
    internal static void Remove(PackId pack) => File.Delete($"pack-{pack}");

    /// <summary>Returns whether it made the copy; false where an earlier repair, which was cut short, has left one that is as long as the pack.</summary>
    /// <exception cref="UsageException">Something else has the name.</exception>
    internal static async Task<bool> SaveAsync(IBackend backend, BackendEntry pack, Output output, CancellationToken cancellation)
    {
        string name = $"pack-{pack.File.Name}";
        if (File.Exists(name))
        {
            if (new FileInfo(name).Length == pack.Size)
            {
                output.Say($"{Path.GetFullPath(name)} is there already, as long as the pack: it stays as the copy");
                return false;
            }

            throw new UsageException($"{Path.GetFullPath(name)} is there already, perhaps a copy kept by an earlier repair: move it away, then run again");
        }

        // What has the final name is whole; what a killed repair left behind is written over.
        string aside = $"{name}.part";
        await using (FileStream copy = File.Create(aside))
        {
            byte[] part = new byte[Part];
            for (long offset = 0; offset < pack.Size; offset += Part)
            {
                int length = (int)Math.Min(Part, pack.Size - offset);
                part.AsSpan(0, length).Clear();
                try
                {
                    await backend.ReadAsync(pack.File, offset, part.AsMemory(0, length), cancellation);
                }
                catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
                {
                    output.Warn($"{name}: {length} bytes at {offset} cannot be read; the copy has zeros there: {e.Message}");
                }

                await copy.WriteAsync(part.AsMemory(0, length), cancellation);
            }

            copy.Flush(flushToDisk: true);
        }

        File.Move(aside, name);
        output.Say($"kept a copy of the damaged pack as {Path.GetFullPath(name)}");
        return true;
    }
}

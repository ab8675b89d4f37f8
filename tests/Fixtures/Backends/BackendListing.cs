using Holdfast.Backend;

namespace Holdfast.Fixtures;

/// <summary>Whole listings and whole files, for tests that look at a repository from outside.</summary>
internal static class BackendListing
{
    internal static async Task<List<BackendEntry>> ListAllAsync(this IBackend backend, FileType type)
    {
        var entries = new List<BackendEntry>();
        await foreach (BackendEntry entry in backend.ListAsync(type, TestContext.Current.CancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }

    internal static Task<byte[]> ReadAllAsync(this IBackend backend, BackendFile file) =>
        backend.ReadAllAsync(file, long.MaxValue, TestContext.Current.CancellationToken);
}

using Holdfast.Archiver;

namespace Holdfast.Plan;

/// <summary>
/// A database of an application, read with the application's own account. Its password lies in a file of a private folder for as long
/// as the capture takes.
/// </summary>
internal sealed class AppDatabaseSource(string application, AppDatabase database) : ISource
{
    private readonly ISource _named = PlanSources.CreateForApplication(database.Entry, null);

    public string Name => $"{application}: {_named.Name}";

    public string Root => _named.Root;

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        writer.Describe("application", application);
        using PasswordFolder? folder = database.Password is { } password ? PasswordFolder.Create(password) : null;
        await PlanSources.CreateForApplication(database.Entry, folder?.File).CaptureAsync(writer, cancellation).ConfigureAwait(false);
    }
}

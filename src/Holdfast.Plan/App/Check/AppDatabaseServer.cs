using Holdfast.Backend;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>
/// The server of an application's database, seen with the application's own account and no further than a capture goes. Its password
/// lies in a file of a private folder for as long as something is asked.
/// </summary>
internal sealed class AppDatabaseServer(string application, AppDatabase database) : IDatabaseServer
{
    public string Name { get; } = $"{application}: {PlanSources.CreateServerForApplication(database.Entry, null).Name}";

    public Task<IReadOnlyList<DatabaseListing>> ListAsync(CancellationToken cancellation) => AskAsync<IReadOnlyList<DatabaseListing>>(async server =>
    {
        IReadOnlyList<DatabaseListing> all = await server.ListAsync(cancellation).ConfigureAwait(false);
        DatabaseListing[] own = [.. all.Where(d => d.Name == database.Listing.Name)];
        return own.Length > 0 ? own : throw new BackupException(
            BackupErrorKind.Source, $"{Name} has no database {database.Listing.Name}, or the application's account may see nothing in it");
    });

    public Task<IReadOnlyList<RightListing>> TestAsync(CancellationToken cancellation) => AskAsync(server => server.TestAsync(cancellation));

    private async Task<T> AskAsync<T>(Func<IDatabaseServer, Task<T>> ask)
    {
        using PasswordFolder? folder = database.Password is { } password ? PasswordFolder.Create(password) : null;
        return await ask(PlanSources.CreateServerForApplication(database.Entry, folder?.File)).ConfigureAwait(false);
    }
}

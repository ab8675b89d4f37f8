using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>What mirrors replace, beside what plans capture: neither may be taken for the other (D44).</summary>
internal static class MirrorTargets
{
    /// <summary>The plan without the databases that mirrors make: one that captures all of a server does not mean them.</summary>
    /// <param name="hasRun">Whether a mirror made its database, or was told to replace it.</param>
    /// <param name="warn">Told of what is left out for a mirror that has not run, and where it cannot be found out whether a mirror's server is the one of a source.</param>
    internal static async Task<PlanEntry> LeaveOutAsync(
        PlanEntry plan, IReadOnlyList<MirrorEntry> mirrors, Func<MirrorEntry, Task<bool>> hasRun, Action<string> warn, CancellationToken cancellation)
    {
        // What mirrors are made from is meant, whatever else is said of it: such a mirror is refused when it runs.
        HashSet<string> wanted = [.. mirrors.Where(m => m.From == plan.Name).Select(m => (m.Mysql ?? m.Postgresql!).Database)];
        MirrorEntry[] others = [.. mirrors.Where(m => !wanted.Contains(IntoOf(m)))];
        var sources = new List<SourceEntry>();
        foreach (SourceEntry source in plan.Sources)
        {
            var left = new List<string>();
            foreach (MirrorEntry mirror in others.Where(_ => source is MySqlEntry { Databases.Count: 0 } or PostgreSqlEntry { Databases.Count: 0 }))
            {
                SourceEntry server = PlanSources.ServerOf(mirror);
                bool? isSame = await IsSameAsync(source, server, cancellation).ConfigureAwait(false);
                if (isSame == true)
                {
                    left.Add(IntoOf(mirror));
                    if (!await hasRun(mirror).ConfigureAwait(false))
                    {
                        warn($"no run of mirror {mirror.Name} is noted in this repository: if there is a database {IntoOf(mirror)}, it is left out, as the mirror is to replace it");
                    }
                }
                else if (isSame is null && ServerAddress.Of(source).MayBe(ServerAddress.Of(server)))
                {
                    warn($"mirror {mirror.Name}: its server cannot be asked whether it is the one in line {source.Place.Line}; if it is, {IntoOf(mirror)} is captured like any other database");
                }
            }

            sources.Add(source switch
            {
                MySqlEntry m when left.Count > 0 => m with { Mirrored = left },
                PostgreSqlEntry p when left.Count > 0 => p with { Mirrored = left },
                _ => source,
            });
        }

        return plan with { Sources = sources };
    }

    /// <summary>Refuses to replace what a plan captures, or what a plan's last snapshot has.</summary>
    /// <param name="find">Finds a plan's last snapshot.</param>
    /// <exception cref="BackupException">Kind Refused.</exception>
    internal static async Task RequireNoSourceAsync(
        MirrorEntry mirror, IEnumerable<PlanEntry> plans, Func<string, Task<PlanSnapshot?>> find, CancellationToken cancellation)
    {
        SourceEntry server = PlanSources.ServerOf(mirror);
        string into = IntoOf(mirror);
        // Some servers of MySQL hold names equal that differ in case (lower_case_table_names), and one refusal too many does no harm.
        StringComparer names = server is MySqlEntry ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        string folder = $"/.holdfast/databases/{PlanText.Kind(server)}";
        foreach (PlanEntry plan in plans)
        {
            // Where an entry no longer says which server it was, it counts as this one.
            HashSet<string> others = [];
            foreach (SourceEntry source in plan.Sources.Where(s => s.GetType() == server.GetType()))
            {
                if (!(await IsSameAsync(source, server, cancellation).ConfigureAwait(false) ?? ServerAddress.Of(source).MayBe(ServerAddress.Of(server))))
                {
                    others.Add(PlanSources.RootOf(source)!);
                }
                else if (DatabasesOf(source).Contains(into, names))
                {
                    throw new BackupException(BackupErrorKind.Refused, $"database {into} would be replaced, which plan {plan.Name} captures: give another name with into");
                }
            }

            PlanSnapshot? last = await find(plan.Name).ConfigureAwait(false);
            if (last?.Manifest.Sources.Any(s => IsBelow(s.Root, folder) && !others.Contains(s.Root)
                && s.Items.Any(i => i.Kind == "database" && (names.Equals(i.Name, into) || names.Equals(i.Name, Encode(into))))) == true)
            {
                throw new BackupException(
                    BackupErrorKind.Refused,
                    $"database {into} would be replaced, which the last snapshot of plan {plan.Name} has: give another name with into; where it is a test database, back up first, which leaves it out");
            }
        }
    }

    /// <summary>What is noted of a mirror's target.</summary>
    internal static string KeyOf(MirrorEntry mirror)
    {
        ServerAddress server = ServerAddress.Of(PlanSources.ServerOf(mirror));
        return $"{server.Engine} {server.Socket ?? $"{server.Host}:{server.Port}"} {IntoOf(mirror)}";
    }

    internal static string IntoOf(MirrorEntry mirror) => (mirror.Mysql ?? mirror.Postgresql!).Into;

    /// <summary>Whether both are one server; null where that cannot be found out.</summary>
    private static async Task<bool?> IsSameAsync(SourceEntry one, SourceEntry other, CancellationToken cancellation)
    {
        if (one.GetType() != other.GetType())
        {
            return false;
        }

        if (ServerAddress.Of(one) == ServerAddress.Of(other))
        {
            return true;
        }

        try
        {
            var (first, second) = ((ISqlServer)PlanSources.CreateServer(one)!, (ISqlServer)PlanSources.CreateServer(other)!);
            return await first.IdentifyAsync(cancellation).ConfigureAwait(false) == await second.IdentifyAsync(cancellation).ConfigureAwait(false);
        }
        catch (BackupException)
        {
            return null; // down, or none of this user's business
        }
    }

    private static IReadOnlyList<string> DatabasesOf(SourceEntry entry) => entry switch { MySqlEntry m => m.Databases, PostgreSqlEntry p => p.Databases, _ => [] };

    private static bool IsBelow(string root, string folder) => root == folder || root.StartsWith($"{folder}/", StringComparison.Ordinal);

    /// <summary>As a plan's exclude writes a name of MySQL, in which a slash means a table.</summary>
    private static string Encode(string name) => name.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
}

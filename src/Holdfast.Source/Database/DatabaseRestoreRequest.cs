namespace Holdfast.Source;

/// <summary>What to restore of a database server in a snapshot.</summary>
public sealed record DatabaseRestoreRequest
{
    /// <summary>The server's name in the snapshot; null where the snapshot has one server only.</summary>
    public string? Server { get; init; }

    /// <summary>The database; null for all that the snapshot has.</summary>
    public string? Database { get; init; }

    /// <summary>One table or sequence of <see cref="Database"/>, with its schema where the engine has them (<c>public.orders</c>); null for the whole of it.</summary>
    public string? Table { get; init; }

    /// <summary>The database that is replaced, or that gets the table; null for the name in the snapshot.</summary>
    public string? As { get; init; }

    /// <summary>The schema that gets the table, where the engine has them; null for its own.</summary>
    public string? AsSchema { get; init; }

    /// <summary>Whether accounts that are missing are made, and their grants added. Default no.</summary>
    public bool Users { get; init; }

    /// <summary>Whether replicas of a MySQL target get what is restored, by its binary log. Default no, where the account may decide.</summary>
    public bool BinaryLog { get; init; }

    /// <summary>Whether a table with rows may be replaced by an empty one, because the backup left its rows out. Default no: nothing else has them.</summary>
    public bool EmptyExcluded { get; init; }

    /// <summary>A file of SQL that is run in each database once its rows are loaded and counted, before anybody sees it; null for none.</summary>
    public string? Mask { get; init; }
}

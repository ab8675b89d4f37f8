namespace Holdfast.Source;

/// <summary>What to restore of the MySQL or MariaDB server in a snapshot.</summary>
public sealed record MySqlRestoreRequest
{
    /// <summary>The server's name in the snapshot; null where the snapshot has one server only.</summary>
    public string? Server { get; init; }

    /// <summary>The database; null for all that the snapshot has.</summary>
    public string? Database { get; init; }

    /// <summary>One table or sequence of <see cref="Database"/>; null for the whole of it.</summary>
    public string? Table { get; init; }

    /// <summary>The database that is replaced, or that gets the table; null for the name in the snapshot.</summary>
    public string? As { get; init; }

    /// <summary>Whether accounts that are missing are made, and their grants added. Default no.</summary>
    public bool Users { get; init; }

    /// <summary>Whether replicas of the target get what is restored, by its binary log. Default no, where the account may decide.</summary>
    public bool BinaryLog { get; init; }

    internal void Validate()
    {
        if (Database is null && (Table is not null || As is not null))
        {
            throw new ArgumentException("A table, or another name, goes with one database.");
        }

        if (As is not null && (As.Length is 0 or > 64 || MySqlName.IsSystem(As)))
        {
            throw new ArgumentException($"{As} cannot be the name of a restored database.");
        }
    }
}

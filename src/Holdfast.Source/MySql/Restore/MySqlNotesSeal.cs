using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>
/// Proves that a restore from this repository wrote the notes of a swap. Statements are run from them, and whoever may make a database may
/// call it as those beside are called.
/// </summary>
internal sealed class MySqlNotesSeal(OpenRepository repository)
{
    private const string Purpose = "holdfast: notes of a restore to MySQL";

    /// <summary>In clear beside the seal, so that it can be said which repository turns back.</summary>
    internal string Repository => repository.Config.Id;

    /// <summary>The seal of all notes on one database.</summary>
    internal byte[] Of(MySqlRestorePair pair, bool isLogged, IEnumerable<MySqlNoteRow> rows)
    {
        using var message = new MemoryStream();
        Add("ready"u8);
        Add(Encoding.UTF8.GetBytes(pair.Target));
        Add(isLogged ? "logged"u8 : "not logged"u8);
        foreach (MySqlNoteRow row in rows)
        {
            Add(Encoding.UTF8.GetBytes(row.Kind));
            Add(row.Name);
            Add(row.Content);
        }

        return repository.Authenticate(Purpose, message.ToArray());

        void Add(ReadOnlySpan<byte> part)
        {
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, part.Length);
            message.Write(length);
            message.Write(part);
        }
    }

    /// <summary>The seal that says that the swap with this one is done.</summary>
    internal byte[] OfDone(byte[] ready) => repository.Authenticate(Purpose, [.. "done"u8, .. ready]);

    internal static bool IsEqual(byte[] one, byte[] other) => CryptographicOperations.FixedTimeEquals(one, other);
}

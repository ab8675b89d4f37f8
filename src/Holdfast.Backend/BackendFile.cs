using System.Buffers;

namespace Holdfast.Backend;

/// <summary>One file of a repository.</summary>
/// <param name="Name">64 hexadecimal digits: the SHA-256 of the content, or of the pack that a parity goes with. Empty for <see cref="FileType.Config"/>.</param>
public readonly record struct BackendFile(FileType Type, string Name)
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static readonly BackendFile Config = new(FileType.Config, string.Empty);

    /// <summary>How much parity new packs get.</summary>
    public static readonly BackendFile ParitySetting = new(FileType.Setting, "parity.json");

    /// <summary>Set for packs that hold trees: they are read again and again, and small, so a cache keeps them.</summary>
    public bool HoldsTrees { get; init; }

    /// <summary>Path below the repository's root, with <c>/</c> between components: <c>data/ab/abcd…</c>.</summary>
    public string RelativePath => Type switch
    {
        FileType.Config => "config",
        FileType.Pack or FileType.Parity => $"{Folder(Type)}/{Name[..2]}/{Name}",
        _ => $"{Folder(Type)}/{Name}",
    };

    /// <summary>The folder of a type; packs and parities lie in 256 folders below theirs.</summary>
    public static string Folder(FileType type) => type switch
    {
        FileType.Key => "keys",
        FileType.Lock => "locks",
        FileType.Snapshot => "snapshots",
        FileType.Index => "index",
        FileType.Pack => "data",
        FileType.Reserve => "holdfast/reserve",
        FileType.Ledger => "holdfast/ledger",
        FileType.Parity => "holdfast/parity",
        FileType.Setting => "holdfast",
        FileType.Inventory => "holdfast/inventory",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no folder"),
    };

    /// <summary>Whether a name in a folder can be a repository's file; anything else is foreign and left alone.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length == 64 && !name.ContainsAnyExcept(HexDigits);

    public override string ToString() => Type == FileType.Config ? "config" : $"{Type.ToString().ToLowerInvariant()}/{Name}";
}

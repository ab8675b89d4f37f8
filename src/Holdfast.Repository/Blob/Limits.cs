namespace Holdfast.Repository;

/// <summary>
/// Upper bounds for what is read from a repository, checked before anything is allocated. All in bytes. They are far
/// above what restic or Holdfast write, and far below what would bring a machine down.
/// </summary>
public static class Limits
{
    /// <summary>A blob, packed or plain. Content blobs end at 8 MiB; the tree of one folder with a million entries needs 400 MB.</summary>
    public const int Blob = 1 << 30;

    /// <summary>A pack file. restic's largest setting is 128 MiB, plus one blob.</summary>
    public const long Pack = 1L << 32;

    /// <summary>The header of a pack: at 41 bytes an entry, 800,000 entries.</summary>
    public const int PackHeader = 32 << 20;

    /// <summary>An index, snapshot or lock, packed or plain.</summary>
    public const int Unpacked = 1 << 30;

    /// <summary>A key file or the configuration.</summary>
    public const int SmallFile = 1 << 20;

    /// <summary>Memory that a key file may ask scrypt for.</summary>
    public const long KeyDerivation = 1L << 30;

    /// <summary>
    /// What scrypt may have to fill in all, 128·N·r·p: about half a minute. Memory alone does not bound the time; a forged
    /// key file could ask for years.
    /// </summary>
    public const long KeyDerivationWork = 8L << 30;
}

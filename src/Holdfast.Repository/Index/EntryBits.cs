namespace Holdfast.Repository;

/// <summary>A bit for each entry of an index, by its number. Setting and asking are safe from several threads.</summary>
internal sealed class EntryBits(int count)
{
    private long[] _words = new long[(count + 63) / 64];

    /// <summary>How many entries have a bit, or more.</summary>
    internal int Count => _words.Length * 64;

    internal bool this[int number] => (Volatile.Read(ref _words[number >> 6]) & (1L << number)) != 0;

    /// <summary>Sets a bit; true for the one caller that found it unset.</summary>
    internal bool TrySet(int number) => (Interlocked.Or(ref _words[number >> 6], 1L << number) & (1L << number)) == 0;

    /// <summary>Makes room for entries that were added since. Not while others set bits.</summary>
    internal void Grow(int count) => Array.Resize(ref _words, Math.Max(_words.Length, (count + 63) / 64));
}

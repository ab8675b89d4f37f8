using System.Buffers.Binary;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// The committed part of a database's write-ahead log, as sqlite.org/fileformat2.html#walformat has it: which page lies where.
/// Some 50 bytes of memory for each page in it.
/// </summary>
internal sealed class WriteAheadLog : IDisposable
{
    private const int HeaderSize = 32, FrameHeaderSize = 24;
    private const uint Magic = 0x377F0682;

    private readonly LinuxFile _file;
    private readonly byte[] _header = new byte[HeaderSize];
    private readonly Dictionary<uint, long> _pages = [];
    private readonly List<KeyValuePair<uint, long>> _uncommitted = [];
    private byte[] _frame = [];
    private uint _sum0, _sum1, _committedSum0, _committedSum1;
    private long _end;

    internal WriteAheadLog(LinuxFile file) => _file = file;

    /// <summary>Pages of the database after the last commit; 0 where there is none.</summary>
    internal uint DatabasePages { get; private set; }

    /// <summary>Where the last commit ends. While the header is the same, it says which commit is the last.</summary>
    internal long CommittedEnd { get; private set; }

    /// <summary>The header as it was read last: it is another after each restart of the log.</summary>
    internal ReadOnlySpan<byte> Header => _header;

    /// <summary>Which index belongs to it: <see cref="WriteAheadIndex.Salt"/>.</summary>
    internal ReadOnlySpan<byte> Salt => _header.AsSpan(16, 8);

    /// <summary>0 where there is no log.</summary>
    internal int PageSize => Math.Max(0, _frame.Length - FrameHeaderSize);

    /// <summary>How many frames have been read up to the last commit.</summary>
    internal long CommittedFrames => _frame.Length == 0 ? 0 : (CommittedEnd - HeaderSize) / _frame.Length;

    /// <summary>Reads what has come since the last call, or all where the log was begun anew.</summary>
    /// <param name="most">Frames, from the beginning; what lies behind is not looked at.</param>
    internal void Scan(long most = long.MaxValue)
    {
        if (!IsCurrent())
        {
            Begin();
        }

        // What was there without a commit may have been written over.
        while (_frame.Length > 0 && (_end - HeaderSize) / _frame.Length < most && TryReadFrame(out uint page, out uint databasePages))
        {
            _uncommitted.Add(new(page, _end - _frame.Length + FrameHeaderSize));
            if (databasePages != 0)
            {
                Commit(databasePages);
            }
        }

        BackToCommit();
    }

    /// <summary>Whether the log is still the one that was scanned, and not begun anew.</summary>
    internal bool IsCurrent()
    {
        Span<byte> now = stackalloc byte[HeaderSize];
        return _file.ReadAt(now, 0) == HeaderSize && now.SequenceEqual(_header);
    }

    /// <summary>Reads a page where the log has it; false where the database's own file does. It counts if the log is current afterwards.</summary>
    /// <exception cref="InvalidDataException"/>
    internal bool TryRead(uint page, Span<byte> content)
    {
        if (!_pages.TryGetValue(page, out long at))
        {
            return false;
        }

        return _file.ReadAt(content, at) == content.Length || !IsCurrent() ? true : throw new InvalidDataException($"{_file.Path} has become shorter");
    }

    /// <summary>Whether any page of the database is to be read here.</summary>
    internal bool HasPages => _pages.Count > 0;

    /// <summary>From here on the database's own file has every page.</summary>
    internal void Forget() => _pages.Clear();

    public void Dispose() => _file.Dispose();

    private void Begin()
    {
        _pages.Clear();
        _uncommitted.Clear();
        (DatabasePages, CommittedEnd, _end, _frame) = (0, 0, HeaderSize, []);
        if (_file.ReadAt(_header, 0) != HeaderSize || (Word(_header, 0) & ~1u) != Magic)
        {
            _header.AsSpan().Clear();
            return;
        }

        (_sum0, _sum1) = (0, 0);
        Add(_header.AsSpan(0, 24));
        uint pageSize = Word(_header, 8);
        if (_sum0 == Word(_header, 24) && _sum1 == Word(_header, 28) && pageSize is >= 512 and <= 65536 && System.Numerics.BitOperations.IsPow2(pageSize))
        {
            _frame = new byte[FrameHeaderSize + (int)pageSize];
            (_committedSum0, _committedSum1, CommittedEnd) = (_sum0, _sum1, _end);
        }
    }

    private bool TryReadFrame(out uint page, out uint databasePages)
    {
        (page, databasePages) = (0, 0);
        if (_file.ReadAt(_frame, _end) != _frame.Length || !_frame.AsSpan(8, 8).SequenceEqual(_header.AsSpan(16, 8)))
        {
            return false;
        }

        Add(_frame.AsSpan(0, 8));
        Add(_frame.AsSpan(FrameHeaderSize));
        if (_sum0 != Word(_frame, 16) || _sum1 != Word(_frame, 20))
        {
            return false;
        }

        (page, databasePages) = (Word(_frame, 0), Word(_frame, 4));
        _end += _frame.Length;
        return page != 0;
    }

    private void Commit(uint databasePages)
    {
        foreach ((uint page, long at) in _uncommitted)
        {
            _pages[page] = at;
        }

        _uncommitted.Clear();
        (DatabasePages, CommittedEnd, _committedSum0, _committedSum1) = (databasePages, _end, _sum0, _sum1);
    }

    private void BackToCommit()
    {
        _uncommitted.Clear();
        (_end, _sum0, _sum1) = (Math.Max(CommittedEnd, HeaderSize), _committedSum0, _committedSum1);
    }

    private void Add(ReadOnlySpan<byte> content)
    {
        bool bigEndian = (Word(_header, 0) & 1) != 0;
        unchecked
        {
            for (int i = 0; i < content.Length; i += 8)
            {
                _sum0 += (bigEndian ? Word(content, i) : BinaryPrimitives.ReadUInt32LittleEndian(content[i..])) + _sum1;
                _sum1 += (bigEndian ? Word(content, i + 4) : BinaryPrimitives.ReadUInt32LittleEndian(content[(i + 4)..])) + _sum0;
            }
        }
    }

    private static uint Word(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32BigEndian(from[at..]);
}

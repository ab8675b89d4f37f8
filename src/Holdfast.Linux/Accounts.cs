using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Linux;

/// <summary>
/// Names of this machine's users and groups by number and the reverse, asked of libc, so that directories such as LDAP
/// answer as well as <c>/etc/passwd</c>. Thread-safe; answers are kept for the life of the instance.
/// </summary>
public sealed unsafe partial class Accounts
{
    /// <summary>A group of a large directory may have tens of thousands of members, all of which libc wants room for.</summary>
    private const int LargestBuffer = 64 << 20;

    private readonly int _initialBuffer;
    private readonly ConcurrentDictionary<uint, string> _users = new();
    private readonly ConcurrentDictionary<uint, string> _groups = new();
    private readonly ConcurrentDictionary<string, uint?> _userIds = new();
    private readonly ConcurrentDictionary<string, uint?> _groupIds = new();

    public Accounts()
        : this(initialBuffer: 16 * 1024)
    {
    }

    /// <param name="initialBuffer">Where to begin, in bytes; doubled while libc says that it is too small.</param>
    internal Accounts(int initialBuffer) => _initialBuffer = initialBuffer;

    private delegate int Query(Entry* entry, byte* buffer, nint length, Entry** result);

    /// <summary>The user's name, or the empty string where the number has none.</summary>
    public string UserName(uint id) =>
        _users.GetOrAdd(id, i => Find((e, b, l, r) => GetPwUid(i, e, b, l, r))?.Name ?? string.Empty);

    /// <summary>The group's name, or the empty string where the number has none.</summary>
    public string GroupName(uint id) =>
        _groups.GetOrAdd(id, i => Find((e, b, l, r) => GetGrGid(i, e, b, l, r))?.Name ?? string.Empty);

    /// <summary>The user's number, or null where this machine does not know the name.</summary>
    public uint? UserId(string name) =>
        _userIds.GetOrAdd(name, n => Find((e, b, l, r) => GetPwNam(n, e, b, l, r))?.Id);

    /// <summary>The group's number, or null where this machine does not know the name.</summary>
    public uint? GroupId(string name) =>
        _groupIds.GetOrAdd(name, n => Find((e, b, l, r) => GetGrNam(n, e, b, l, r))?.Id);

    private (string Name, uint Id)? Find(Query query)
    {
        for (int length = _initialBuffer; length <= LargestBuffer; length *= 2)
        {
            byte[] buffer = new byte[length];
            Entry entry;
            Entry* result = null;
            fixed (byte* b = buffer)
            {
                int error = query(&entry, b, buffer.Length, &result);
                if (error != (int)Errno.Range)
                {
                    return error != 0 || result is null
                        ? null
                        : (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry.Name)), entry.Id);
                }
            }
        }

        return null;
    }

    /// <summary>The fields that <c>struct passwd</c> and <c>struct group</c> have in common, with room for the rest.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Entry
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
    }

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int GetPwUid(uint id, Entry* entry, byte* buffer, nint length, Entry** result);

    [LibraryImport("libc", EntryPoint = "getgrgid_r")]
    private static partial int GetGrGid(uint id, Entry* entry, byte* buffer, nint length, Entry** result);

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetPwNam(string name, Entry* entry, byte* buffer, nint length, Entry** result);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetGrNam(string name, Entry* entry, byte* buffer, nint length, Entry** result);
}

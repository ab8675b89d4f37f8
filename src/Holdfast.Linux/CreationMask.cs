namespace Holdfast.Linux;

/// <summary>The permission bits that the kernel takes from every file this process creates (umask).</summary>
public static class CreationMask
{
    /// <summary>The mask as it is now; all bits where it cannot be known, so that nobody relies on a bit being left.</summary>
    /// <remarks>Read from /proc, because the system call can only ask by changing it for all threads.</remarks>
    public static uint Read()
    {
        const uint all = 0x1FF;
        const string member = "Umask:";
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(member, StringComparison.Ordinal));
            return line is null ? all : Convert.ToUInt32(line[member.Length..].Trim(), 8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return all;
        }
    }
}

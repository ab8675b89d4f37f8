namespace Holdfast.Linux;

/// <summary>A path with the NUL byte that libc wants, copied to the stack of the caller.</summary>
internal static class CPath
{
    /// <summary>The longest path the kernel takes in one call, with its NUL (PATH_MAX).</summary>
    internal const int MaxLength = 4096;

    /// <summary>Copies <paramref name="path"/> and a NUL into <paramref name="buffer"/>, which must hold <see cref="MaxLength"/> bytes.</summary>
    /// <exception cref="LinuxException">The path is too long for the kernel, empty, or has a NUL inside.</exception>
    internal static void Terminate(ReadOnlySpan<byte> path, Span<byte> buffer, string action)
    {
        if (path.Length >= MaxLength)
        {
            throw new LinuxException(action, PathText.Decode(path), Errno.NameTooLong);
        }

        if (path.IsEmpty || path.Contains((byte)0))
        {
            throw new LinuxException(action, PathText.Decode(path), Errno.InvalidArgument);
        }

        path.CopyTo(buffer);
        buffer[path.Length] = 0;
    }
}

using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>A system call failed. The message names the call's purpose, the file and the kernel's reason.</summary>
public sealed class LinuxException : IOException
{
    public LinuxException(string action, string path, Errno error)
        : base($"cannot {action} {PathText.Printable(path)}: {Describe(error)}")
    {
        Error = error;
        Path = path;
    }

    /// <param name="reason">Why, in the words of a program that was asked to do it.</param>
    internal LinuxException(string action, string path, string reason)
        : base($"cannot {action} {PathText.Printable(path)}: {PathText.Printable(reason)}")
    {
        Error = Errno.NotPermitted;
        Path = path;
    }

    /// <summary>The kernel's error number.</summary>
    public Errno Error { get; }

    /// <summary>The file concerned, in the encoding of <see cref="PathText"/>.</summary>
    public string Path { get; }

    /// <summary>True where the file is simply not there (any more).</summary>
    public bool IsMissing => Error is Errno.NoEntry or Errno.NotDirectory;

    /// <summary>True where the disk, quota or file-system limit is reached.</summary>
    public bool IsOutOfSpace => Error is Errno.NoSpace or Errno.QuotaExceeded or Errno.FileTooLarge;

    /// <summary>The kernel's own words for an error number, in lower case: <c>no such file or directory</c>.</summary>
    public static string Describe(Errno error)
    {
        string text = Marshal.GetPInvokeErrorMessage((int)error);
        return text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : $"error {(int)error}";
    }

    internal static LinuxException FromLastError(string action, string path) =>
        new(action, path, (Errno)Marshal.GetLastPInvokeError());
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <content>Mounting and unmounting, by the program that may do so for every user.</content>
public sealed partial class FuseDevice
{
    /// <summary>That of fuse3, and that of its predecessor, which understands the same.</summary>
    private static readonly string[] Programs = ["fusermount3", "fusermount"];

    /// <summary>
    /// Mounts. With the option <c>auto_unmount</c>, the mount goes with this process, even where that is killed.
    /// </summary>
    /// <param name="mountPoint">An absolute path.</param>
    /// <param name="options">As for mount(8), comma-separated.</param>
    /// <exception cref="LinuxException">fusermount3 refuses; its own words are in the message.</exception>
    /// <exception cref="NativeLibraryMissingException">There is no fusermount3.</exception>
    public static async Task<FuseDevice> MountAsync(string mountPoint, string options, CancellationToken cancellation)
    {
        (LinuxFile ours, LinuxFile theirs) = OpenPair();
        try
        {
            using Process process = Start(["-o", options, "--", mountPoint], ("_FUSE_COMMFD", theirs.RawDescriptor.ToString()));
            theirs.Dispose();
            int descriptor = await Task.Run(() => ReceiveDescriptor(ours.RawDescriptor), cancellation).ConfigureAwait(false);
            if (descriptor >= 0)
            {
                return new FuseDevice(descriptor, ours, mountPoint);
            }

            string reason = await ReadReasonAsync(process, cancellation).ConfigureAwait(false);
            throw new LinuxException("mount at", mountPoint, reason);
        }
        catch
        {
            theirs.Dispose();
            ours.Dispose();
            throw;
        }
    }

    /// <summary>Unmounts; null when done, otherwise why not.</summary>
    /// <param name="lazily">Take it out of sight at once, though it is in use.</param>
    public async Task<string?> UnmountAsync(bool lazily, CancellationToken cancellation)
    {
        string[] arguments = lazily ? ["-u", "-z", "--", MountPoint] : ["-u", "--", MountPoint];
        using Process process = Start(arguments, null);
        string reason = await ReadReasonAsync(process, cancellation).ConfigureAwait(false);
        return process.ExitCode == 0 ? null : reason;
    }

    private static Process Start(string[] arguments, (string Name, string Value)? variable)
    {
        Exception? missing = null;
        foreach (string program in Programs)
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
            if (variable is { } set)
            {
                start.Environment[set.Name] = set.Value;
            }

            try
            {
                return Process.Start(start)!;
            }
            catch (Win32Exception e)
            {
                missing = e;
            }
        }

        throw new NativeLibraryMissingException("fusermount3", "fuse3", missing!);
    }

    private static async Task<string> ReadReasonAsync(Process process, CancellationToken cancellation)
    {
        string text = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        string line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? $"exit code {process.ExitCode}";
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && line.StartsWith("fusermount", StringComparison.Ordinal) ? line[(colon + 2)..] : line;
    }

    private static unsafe (LinuxFile Ours, LinuxFile Theirs) OpenPair()
    {
        int* pair = stackalloc int[2];
        if (Native.SocketPair(Native.UnixDomain, Native.StreamSocket | Native.CloseOnExec, 0, pair) != 0)
        {
            throw LinuxException.FromLastError("make", "a pair of sockets");
        }

        _ = Native.FCntl(pair[1], Native.SetDescriptorFlags, 0); // for the child to inherit
        return (new LinuxFile(pair[0], string.Empty, "socket"u8), new LinuxFile(pair[1], string.Empty, "socket"u8));
    }

    /// <summary>The descriptor that comes with a message, SCM_RIGHTS of unix(7); -1 where the other side ended without one.</summary>
    private static unsafe int ReceiveDescriptor(int socket)
    {
        const int controlLength = 24; // struct cmsghdr, and one descriptor, padded
        const int dataOffset = 16;
        byte data;
        byte* control = stackalloc byte[controlLength];
        var vector = new Native.IoVector { Start = &data, Length = 1 };
        var message = new Native.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = controlLength };
        nint received;
        do
        {
            received = Native.ReceiveMessage(socket, &message, Native.ReceiveCloseOnExec);
        }
        while (received < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Interrupted);
        return received > 0 && message.ControlLength >= dataOffset + sizeof(int) ? *(int*)(control + dataOffset) : -1;
    }
}

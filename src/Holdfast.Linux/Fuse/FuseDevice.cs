using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>
/// A mounted file system, from the side of the program that is it: the kernel's requests come in, replies go out, in the
/// protocol of linux/fuse.h. One thread reads; replies may come from several.
/// </summary>
public sealed unsafe partial class FuseDevice : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>More than the longest request there is without writes; the kernel refuses to read into less than 8 KiB.</summary>
    private const int LongestRequest = 64 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(LongestRequest, pinned: true);
    private readonly LinuxFile _stop;
    private readonly LinuxFile _mounter;

    private FuseDevice(int descriptor, LinuxFile mounter, string mountPoint)
        : base(ownsHandle: true)
    {
        SetHandle(descriptor);
        MountPoint = mountPoint;
        _mounter = mounter;
        _stop = new LinuxFile(Native.EventFd(0, Native.CloseOnExec), string.Empty, "eventfd"u8);
        _ = Native.FCntl(descriptor, Native.SetFileFlags, Native.FCntl(descriptor, Native.GetFileFlags, 0) | Native.NonBlocking);
    }

    /// <summary>The folder at which the file system lies, as an absolute path.</summary>
    public string MountPoint { get; }

    private int Descriptor => (int)handle;

    /// <summary>Waits for the next request; null when the file system is no longer mounted, or after <see cref="Stop"/>.</summary>
    /// <exception cref="LinuxException"/>
    public FuseRequest? Read()
    {
        while (WaitForRequest())
        {
            fixed (byte* start = _buffer)
            {
                nint count = Native.Read(Descriptor, start, _buffer.Length);
                if (count > 0)
                {
                    return FuseRequest.IsWhole(_buffer.AsSpan(0, (int)count))
                        ? new FuseRequest(_buffer.AsSpan(0, (int)count))
                        : throw new LinuxException("understand the kernel at", MountPoint, Errno.InputOutput);
                }
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.NoDevice:
                    return null;
                case Errno.NoEntry or Errno.Interrupted or Errno.TryAgain:
                    break; // whoever asked has given up, or another wakes us in vain
                default:
                    throw LinuxException.FromLastError("read requests at", MountPoint);
            }
        }

        return null;
    }

    /// <summary>Makes the reader return, at once and from now on.</summary>
    public void Stop() => _stop.Write([1, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>Answers a request. A reader that has gone is no failure.</summary>
    public void Send(FuseReply reply) => Write(reply.Complete());

    /// <summary>Answers that a request failed.</summary>
    public void SendError(FuseRequest request, Errno error)
    {
        Span<byte> header = stackalloc byte[16];
        FuseReply.WriteHeader(header, header.Length, error, request.Unique);
        Write(header);
    }

    protected override bool ReleaseHandle() => Native.Close(Descriptor) == 0;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            // fusermount3 waits for the end of this one, and then unmounts what is still mounted and has lost its program.
            _mounter.Dispose();
            _stop.Dispose();
        }
    }

    private void Write(ReadOnlySpan<byte> message)
    {
        fixed (byte* start = message)
        {
            nint written;
            do
            {
                written = Native.Write(Descriptor, start, message.Length);
            }
            while (written < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Interrupted);
        }
    }

    private bool WaitForRequest()
    {
        Native.PollFd* both = stackalloc Native.PollFd[2];
        both[0] = new() { Descriptor = Descriptor, Events = Native.PollIn };
        both[1] = new() { Descriptor = _stop.RawDescriptor, Events = Native.PollIn };
        while (Native.Poll(both, 2, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != (int)Errno.Interrupted)
            {
                throw LinuxException.FromLastError("wait for requests at", MountPoint);
            }
        }

        return both[1].Returned == 0;
    }
}

using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>Pipes as the kernel sees them.</summary>
public static class Pipes
{
    private const int SetSize = 1031;

    /// <summary>What anybody may ask for, unless the machine's owner has said otherwise (fs.pipe-max-size).</summary>
    private const int Wide = 1 << 20;

    /// <summary>
    /// Gives a pipe 1 MiB in place of 64 KiB, so that writer and reader wake each other a sixteenth as often. Advice only:
    /// who has many pipes open already, and is not root, keeps what the pipe has.
    /// </summary>
    public static void Widen(SafeHandle pipe)
    {
        bool isHeld = false;
        try
        {
            pipe.DangerousAddRef(ref isHeld);
            _ = Native.FCntl((int)pipe.DangerousGetHandle(), SetSize, Wide);
        }
        finally
        {
            if (isHeld)
            {
                pipe.DangerousRelease();
            }
        }
    }
}

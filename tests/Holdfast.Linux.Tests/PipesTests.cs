using System.IO.Pipes;

namespace Holdfast.Linux.Tests;

public sealed class PipesTests
{
    private const int GetSize = 1032;

    [Fact]
    public void A_pipe_is_widened_and_what_is_no_pipe_stays_as_it_is()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        Size(pipe).ShouldBe(64 << 10);
        Pipes.Widen(pipe.SafePipeHandle);
        Size(pipe).ShouldBe(1 << 20);

        using FileStream file = File.OpenRead("/dev/null");
        Should.NotThrow(() => Pipes.Widen(file.SafeFileHandle));
    }

    private static int Size(PipeStream pipe) => Native.FCntl((int)pipe.SafePipeHandle.DangerousGetHandle(), GetSize, 0);
}

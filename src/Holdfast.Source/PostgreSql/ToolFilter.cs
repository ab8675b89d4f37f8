using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A tool between bytes in memory and bytes in memory: definitions, which are small, never rows.</summary>
internal static class ToolFilter
{
    /// <summary>More than this is no definition of anything.</summary>
    private const int MostBytes = 1 << 30;

    /// <exception cref="BackupException">Kind Source: the tool failed.</exception>
    internal static async Task<byte[]> RunAsync(ToolCommand command, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        ToolProcess tool = ToolProcess.Start(command with { TakesInput = true });
        await using (tool.ConfigureAwait(false))
        {
            Task feed = FeedAsync(tool, input, cancellation);
            using var content = new MemoryStream();
            byte[] buffer = GC.AllocateUninitializedArray<byte>(64 << 10);
            int count;
            while ((count = await tool.Output.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                content.Write(buffer, 0, count);
                if (content.Length > MostBytes)
                {
                    throw new BackupException(BackupErrorKind.Source, $"{command.Name} wrote more than the {MostBytes >> 20} MiB that definitions may have");
                }
            }

            await feed.ConfigureAwait(false);
            await tool.EndAsync(cancellation).ConfigureAwait(false);
            return content.ToArray();
        }
    }

    private static async Task FeedAsync(ToolProcess tool, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        try
        {
            await tool.Input.WriteAsync(input, cancellation).ConfigureAwait(false);
            tool.Input.Close();
        }
        catch (IOException)
        {
            // It has all that it wants, or has failed; its exit status says which.
        }
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Holdfast.Repository.Tests;

/// <summary>Compares the chunks with those of the restic on PATH, for a polynomial that it has drawn.</summary>
public sealed class StockResticChunkTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-chunks-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Chunks_are_the_blobs_that_restic_stores()
    {
        byte[] data = Data();
        await File.WriteAllBytesAsync(Path.Combine(_directory, "data"), data, TestContext.Current.CancellationToken);
        await ResticAsync("init");
        await ResticAsync("backup", "data");
        JsonElement config = await ResticJsonAsync("cat", "config");
        JsonElement snapshots = await ResticJsonAsync("snapshots", "--json");
        JsonElement tree = await ResticJsonAsync("cat", "blob", Text(snapshots[0], "tree"));
        JsonElement file = tree.GetProperty("nodes").EnumerateArray().Single();

        Polynomial.TryParse(Text(config, "chunker_polynomial"), out Polynomial polynomial).ShouldBeTrue();
        polynomial.IsIrreducible.ShouldBeTrue();
        polynomial.ToString().ShouldBe(Text(config, "chunker_polynomial"));
        string[] blobs = [.. file.GetProperty("content").EnumerateArray().Select(id => id.GetString()!)];
        ChunkerTwins.Cut(new Chunker(polynomial), data)
            .Select(chunk => Convert.ToHexStringLower(SHA256.HashData(data.AsSpan(chunk.Start, chunk.Length))))
            .ShouldBe(blobs);
    }

    // Random, zeros that are cut at the least size, a stretch that most polynomials cut at the greatest, random again.
    private static byte[] Data()
    {
        const int MiB = 1024 * 1024;
        var data = new byte[64 * MiB];
        new Random(64).NextBytes(data);
        data.AsSpan(32 * MiB, 4 * MiB).Clear();
        data.AsSpan(36 * MiB, 20 * MiB).Fill(1);
        return data;
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private async Task<JsonElement> ResticJsonAsync(params string[] arguments) =>
        JsonSerializer.Deserialize<JsonElement>(await ResticAsync(arguments));

    private async Task<string> ResticAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("restic", ["--repo", "repository", "--no-cache", .. arguments])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["RESTIC_PASSWORD"] = "x" },
        };
        using Process process = Start(start);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        process.ExitCode.ShouldBe(0, $"restic {string.Join(' ', arguments)}: {await errors}");
        return output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("This test compares with stock restic, which must be on PATH.", e);
        }
    }
}

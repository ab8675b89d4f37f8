using System.Security.Cryptography;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>The files of a dump that are small, and the list of all in the order in which they are to be loaded.</summary>
internal sealed class DumpFiles(SourceWriter writer, string root)
{
    private readonly List<string> _order = [];

    internal SourceWriter Writer => writer;

    /// <summary>Where a file will be, by its path from the root.</summary>
    internal string PathOf(string name) => $"{root}/{name}";

    /// <summary>The next in the order of loading.</summary>
    internal void AddToOrder(string name) => _order.Add(name);

    /// <summary>Writes one, and returns its SHA-256.</summary>
    internal async Task<string> WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile(PathOf(name));
        await file.WriteAsync(content, cancellation).ConfigureAwait(false);
        await file.CompleteAsync().ConfigureAwait(false);
        return Convert.ToHexStringLower(SHA256.HashData(content.Span));
    }

    internal Task WriteOrderAsync(CancellationToken cancellation) =>
        WriteAsync("files", System.Text.Encoding.UTF8.GetBytes(string.Concat(_order.Select(n => n + "\n"))), cancellation);
}

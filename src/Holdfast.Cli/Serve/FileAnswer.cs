using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Cli.View;
using Holdfast.Repository;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Cli.Serve;

/// <summary>Sends files, whole or in stretches.</summary>
internal sealed class FileAnswer(RepositoryView view)
{
    private const int BufferLength = 256 * 1024;

    internal async Task SendAsync(HttpContext context, ViewEntry entry)
    {
        HttpResponse response = context.Response;
        string tag = Tag(entry.Node);
        response.Headers.ETag = tag;
        response.Headers.LastModified = Date(entry.Node);
        response.Headers.AcceptRanges = "bytes";
        if (context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && (known == "*" || known.Contains(tag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        ViewFile file = view.Open(entry);
        string condition = context.Request.Headers.IfRange.ToString();
        List<ByteRange>? ranges = condition.Length > 0 && condition != tag ? null : ByteRanges.Parse(context.Request.Headers.Range, file.Length);
        if (ranges is { Count: 0 })
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = $"bytes */{file.Length}";
            return;
        }

        // A browser saves it, and neither shows nor runs it.
        response.Headers.ContentDisposition = "attachment";
        response.ContentType = "application/octet-stream";
        if (ranges is { Count: > 1 })
        {
            await SendSeveralAsync(context, file, ranges);
            return;
        }

        ByteRange range = ranges is [var one] ? one : new(0, file.Length - 1);
        response.ContentLength = range.Length;
        if (ranges is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {range.First}-{range.Last}/{file.Length}";
        }

        await CopyAsync(context, file, range);
    }

    /// <summary>Follows from the content and nothing else.</summary>
    internal static string Tag(Node node)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (BlobId blob in node.Content ?? [])
        {
            hash.AppendData(blob.Hash.Span);
        }

        return $"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }

    internal static string Date(Node node) => node.ModifyTime.ToDateTimeOffset().UtcDateTime.ToString("R", CultureInfo.InvariantCulture);

    private static async Task SendSeveralAsync(HttpContext context, ViewFile file, List<ByteRange> ranges)
    {
        string boundary = Guid.NewGuid().ToString("n");
        byte[][] heads = [.. ranges.Select(r => Encoding.ASCII.GetBytes(
            $"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {r.First}-{r.Last}/{file.Length}\r\n\r\n"))];
        byte[] end = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status206PartialContent;
        response.ContentType = $"multipart/byteranges; boundary={boundary}";
        response.ContentLength = ranges.Sum(r => r.Length) + heads.Sum(h => h.LongLength) + end.Length;
        for (int i = 0; i < ranges.Count && !HttpMethods.IsHead(context.Request.Method); i++)
        {
            await response.Body.WriteAsync(heads[i], context.RequestAborted);
            await CopyAsync(context, file, ranges[i]);
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(end, context.RequestAborted);
        }
    }

    private static async Task CopyAsync(HttpContext context, ViewFile file, ByteRange range)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            for (long at = range.First; at <= range.Last;)
            {
                int count = await file.ReadAsync(at, buffer.AsMemory(0, (int)Math.Min(BufferLength, range.Last - at + 1)));
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
                at += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

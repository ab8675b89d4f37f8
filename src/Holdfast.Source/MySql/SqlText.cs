using System.Buffers;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>A file of statements, small enough for memory: everything but rows.</summary>
internal sealed class SqlText(string path)
{
    private readonly ArrayBufferWriter<byte> _text = Begin();

    /// <summary>What every file begins with, so that each can be loaded alone: as the dump was made, and with nothing compared that was true.</summary>
    internal static ReadOnlySpan<byte> Header =>
        """
        SET NAMES utf8mb4;
        SET TIME_ZONE='+00:00', UNIQUE_CHECKS=0, FOREIGN_KEY_CHECKS=0, SQL_MODE='NO_AUTO_VALUE_ON_ZERO', SQL_NOTES=0;
        /*M!100201 SET CHECK_CONSTRAINT_CHECKS=0 */;

        """u8;

    /// <summary>Relative to the source's root.</summary>
    internal string Path => path;

    /// <param name="isBody">Whether semicolons may stand inside.</param>
    internal void Add(ReadOnlySpan<byte> statement, bool isBody = false)
    {
        _text.Write(isBody ? "DELIMITER ;;\n"u8 : []);
        _text.Write(statement.Trim(" \n\r\t"u8));
        _text.Write(isBody ? "\n;;\nDELIMITER ;\n"u8 : ";\n"u8);
    }

    internal async Task SaveAsync(SourceWriter writer, string root, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile($"{root}/{path}");
        await file.WriteAsync(_text.WrittenMemory, cancellation).ConfigureAwait(false);
        await file.CompleteAsync().ConfigureAwait(false);
    }

    private static ArrayBufferWriter<byte> Begin()
    {
        var text = new ArrayBufferWriter<byte>(1 << 10);
        text.Write(Header);
        return text;
    }
}

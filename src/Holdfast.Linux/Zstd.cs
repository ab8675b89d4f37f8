using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>libzstd: what both directions share.</summary>
internal static unsafe partial class Zstd
{
    private const string Library = "libzstd.so.1";

    private static readonly Lazy<nint> FirstCall =
        NativeLibraryMissingException.Guard(Library, "libzstd1 (Debian, Ubuntu) or libzstd (RHEL)", static () => (nint)VersionNumber());

    [LibraryImport(Library, EntryPoint = "ZSTD_versionNumber")]
    internal static partial uint VersionNumber();

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint code);

    /// <summary>The code, from <c>zstd_errors.h</c>, for a target that does not hold what the frame unpacks to.</summary>
    internal const int TargetTooSmall = 70;

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorCode")]
    internal static partial int ErrorCode(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    internal static partial nint ErrorName(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    internal static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    internal static partial nuint Compress(nint context, byte* target, nuint capacity, byte* source, nuint length, int level);

    /// <summary>Numbers from <c>zstd.h</c>, stable since 1.4.0; there, the two of level 3's tables are called hashLog and chainLog.</summary>
    internal enum Parameter
    {
        Level = 100,
        LongLog = 102,
        ShortLog = 103,
    }

    /// <summary>Sets what <see cref="Compress(nint, byte*, nuint, byte*, nuint)"/> goes by, from now on.</summary>
    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetParameter(nint context, Parameter parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    internal static partial nuint Compress(nint context, byte* target, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(nint context, byte* target, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_getFrameContentSize")]
    internal static partial ulong FrameContentSize(byte* source, nuint length);

    /// <summary>Fails early, in words, where the library is missing.</summary>
    internal static void Load() => _ = FirstCall.Value;

    internal static string Describe(nuint code) => Marshal.PtrToStringUTF8(ErrorName(code)) ?? "unknown error";
}

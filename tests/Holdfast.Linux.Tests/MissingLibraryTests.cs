using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Holdfast.Linux.Tests;

/// <summary>Runs a second copy of the assembly in which a library cannot be found.</summary>
public sealed class MissingLibraryTests
{
    [Theory]
    [InlineData("libzstd.so.1", nameof(ZstdDecompressor), "libzstd1")]
    [InlineData("libzstd.so.1", nameof(ZstdCompressor), "libzstd1", 3)]
    [InlineData("libcrypto.so.3", nameof(Poly1305), "libssl3")]
    public void A_missing_library_is_reported_with_its_package_each_time(string library, string type, string package, params object[] arguments)
    {
        var context = new AssemblyLoadContext("without a library", isCollectible: true);
        Assembly copy = context.LoadFromAssemblyPath(typeof(PathText).Assembly.Location);
        NativeLibrary.SetDllImportResolver(copy, (name, _, _) => name == library ? throw new DllNotFoundException(name) : 0);
        Type tested = copy.GetType($"Holdfast.Linux.{type}", throwOnError: true)!;
        for (int i = 0; i < 2; i++)
        {
            Exception e = Should.Throw<TargetInvocationException>(() => Activator.CreateInstance(tested, arguments)).InnerException!;
            e.GetType().Name.ShouldBe(nameof(NativeLibraryMissingException));
            e.Message.ShouldContain(package);
            e.Message.ShouldContain(library);
        }

        context.Unload();
    }

    [Fact]
    public void Ciphers_and_scrypt_name_the_package_too()
    {
        var context = new AssemblyLoadContext("without a library", isCollectible: true);
        Assembly copy = context.LoadFromAssemblyPath(typeof(PathText).Assembly.Location);
        NativeLibrary.SetDllImportResolver(copy, (name, _, _) => name == "libcrypto.so.3" ? throw new DllNotFoundException(name) : 0);
        MethodInfo counterMode = copy.GetType("Holdfast.Linux.BlockCipher")!.GetMethod("CounterMode")!;
        var make = counterMode.CreateDelegate<MakeCipher>();
        Should.Throw<Exception>(() => make(new byte[32])).GetType().Name.ShouldBe(nameof(NativeLibraryMissingException));
        var derive = copy.GetType("Holdfast.Linux.Scrypt")!.GetMethod("Derive")!.CreateDelegate<DeriveKey>();
        Should.Throw<Exception>(() => derive([], [], 16, 1, 1, 1 << 20, new byte[1])).GetType().Name.ShouldBe(nameof(NativeLibraryMissingException));
        context.Unload();
    }

    [Fact]
    public void A_missing_SQLite_is_reported_with_its_package()
    {
        var context = new AssemblyLoadContext("without a library", isCollectible: true);
        Assembly copy = context.LoadFromAssemblyPath(typeof(PathText).Assembly.Location);
        NativeLibrary.SetDllImportResolver(copy, (name, _, _) => name == "libsqlite3.so.0" ? throw new DllNotFoundException(name) : 0);
        MethodInfo version = copy.GetType("Holdfast.Linux.SqliteDatabase")!.GetProperty("LibraryVersion")!.GetMethod!;
        Exception e = Should.Throw<Exception>(() => version.CreateDelegate<Func<string>>()());
        (e.GetType().Name, e.Message.Contains("libsqlite3-0", StringComparison.Ordinal)).ShouldBe((nameof(NativeLibraryMissingException), true));
        context.Unload();
    }

    private delegate object MakeCipher(ReadOnlySpan<byte> key);

    private delegate void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, long n, int r, int p, long memory, Span<byte> key);
}

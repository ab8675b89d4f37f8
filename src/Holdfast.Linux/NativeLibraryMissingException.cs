namespace Holdfast.Linux;

/// <summary>A shared library that Holdfast needs is not on this machine; the message names the packages that bring it.</summary>
public sealed class NativeLibraryMissingException : Exception
{
    internal NativeLibraryMissingException(string library, string packages, Exception cause)
        : base($"{library} is missing on this machine: install {packages}", cause)
    {
    }

    /// <summary>
    /// A first call into a library, made when its value is first asked for, that says which package brings the library where
    /// it is not there. Not to be asked for in the initializer of a static field: .NET would wrap the message away.
    /// </summary>
    internal static Lazy<nint> Guard(string library, string packages, Func<nint> firstCall) => new(() =>
    {
        try
        {
            return firstCall();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new NativeLibraryMissingException(library, packages, e);
        }
    });
}

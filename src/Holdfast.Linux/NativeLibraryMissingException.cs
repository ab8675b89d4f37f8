namespace Holdfast.Linux;

/// <summary>A shared library that Holdfast needs is not on this machine; the message names the packages that bring it.</summary>
public sealed class NativeLibraryMissingException : Exception
{
    internal NativeLibraryMissingException(string library, string packages, Exception cause)
        : base($"{library} is missing on this machine: install {packages}", cause)
    {
    }

    /// <summary>Runs a first call into a library, and says which package brings it where it is not there.</summary>
    internal static T Guard<T>(string library, string packages, Func<T> firstCall)
    {
        try
        {
            return firstCall();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new NativeLibraryMissingException(library, packages, e);
        }
    }
}

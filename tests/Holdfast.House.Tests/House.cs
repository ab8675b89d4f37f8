namespace Holdfast.House.Tests;

/// <summary>Where the sources are, seen from wherever the tests run.</summary>
internal static class House
{
    internal static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Holdfast.slnx")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("the tests do not run below a folder with Holdfast.slnx");
    }
}

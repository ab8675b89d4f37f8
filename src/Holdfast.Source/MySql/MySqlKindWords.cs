namespace Holdfast.Source;

/// <summary>The words for kinds of objects, in the manifest and in messages.</summary>
internal static class MySqlKindWords
{
    internal static string Word(this MySqlKind kind) => kind == MySqlKind.PackageBody ? "package-body" : kind.ToString().ToLowerInvariant();

    internal static bool IsRoutine(this MySqlKind kind) => kind is MySqlKind.Function or MySqlKind.Procedure or MySqlKind.Package or MySqlKind.PackageBody;
}

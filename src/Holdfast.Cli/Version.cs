namespace Holdfast.Cli;

/// <summary>The version of this program.</summary>
internal static class Version
{
    internal static string Text { get; } = typeof(Version).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}

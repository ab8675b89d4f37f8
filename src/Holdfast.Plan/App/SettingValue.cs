namespace Holdfast.Plan;

/// <summary>What was found of a setting.</summary>
/// <param name="Text">Null where it is not there, or cannot be used.</param>
/// <param name="Trouble">Why it cannot be used, to stand behind its name: <c>is getenv('X') in line 12, …</c>; null where it is not there.</param>
internal sealed record SettingValue(string? Text, string? Trouble = null)
{
    internal static readonly SettingValue Missing = new((string?)null);

    internal bool IsMissing => Text is null && Trouble is null;
}

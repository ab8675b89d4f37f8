namespace Holdfast.Source;

/// <summary>A right that a backup needs.</summary>
/// <param name="Name">What the server calls it, such as <c>SELECT</c>.</param>
/// <param name="Purpose">What it is needed for.</param>
/// <param name="Grant">The statement that gives it; null where it is there.</param>
public sealed record RightListing(string Name, string Purpose, string? Grant)
{
    public bool IsMissing => Grant is not null;
}

namespace Holdfast.Plan;

/// <summary>Something that a plan's last snapshot has, and its new one would not.</summary>
/// <param name="Kind">As in the manifest: <c>table</c>, <c>path</c>; or <c>source</c> for all of one.</param>
/// <param name="Name">By which it is acknowledged.</param>
/// <param name="Source">What its source calls itself.</param>
/// <param name="Detail">Why, where it is there and has too little; null for what is not there at all.</param>
public sealed record GoneItem(string Kind, string Name, string Source, string? Detail)
{
    public override string ToString() => $"{Kind} {Name} ({Source}) {Detail ?? "was there last time and is gone"}";
}

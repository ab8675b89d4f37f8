namespace Holdfast.Protocol;

/// <summary>Where something stands in a text; both from 1.</summary>
public readonly record struct Place(int Line, int Column);

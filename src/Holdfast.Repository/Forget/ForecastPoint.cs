namespace Holdfast.Repository;

/// <summary>What there will be at a time.</summary>
/// <param name="Span">Such as <c>3 months</c> from now.</param>
public sealed record ForecastPoint(string Span, DateTimeOffset Time, int Snapshots, DateTimeOffset Oldest);

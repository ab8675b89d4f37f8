namespace Holdfast.Repository;

/// <summary>The ways to search boundaries. All find the same.</summary>
internal enum BoundarySearch
{
    /// <summary><see cref="BoundaryTables"/> alone, what the others are compared with.</summary>
    Plain,

    /// <summary><see cref="BoundaryStretches"/>, which every processor can.</summary>
    Stretches,

    /// <summary><see cref="BoundaryNibbles"/>, where they are supported.</summary>
    Nibbles,

    /// <summary><see cref="BoundaryLanes"/>, where they are supported.</summary>
    Lanes,
}

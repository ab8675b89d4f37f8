using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>A stream to store as one file.</summary>
/// <param name="Path">Absolute path in the snapshot.</param>
public sealed record StandardInput(LinuxFile Stream, string Path);

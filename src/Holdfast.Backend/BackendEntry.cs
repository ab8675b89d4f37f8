namespace Holdfast.Backend;

/// <summary>A file found by listing, and its size in bytes.</summary>
public readonly record struct BackendEntry(BackendFile File, long Size);

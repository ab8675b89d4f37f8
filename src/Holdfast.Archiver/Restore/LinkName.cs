using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>A further name of a file, and what is under it now.</summary>
internal sealed record LinkName(RestoreDirectory Directory, byte[] Name, FileStatus? Existing);

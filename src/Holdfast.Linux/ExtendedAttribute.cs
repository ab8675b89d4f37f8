namespace Holdfast.Linux;

/// <summary>A name such as <c>user.comment</c> or <c>system.posix_acl_access</c> and its value, both plain bytes.</summary>
public sealed record ExtendedAttribute(byte[] Name, byte[] Value);

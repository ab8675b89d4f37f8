namespace Holdfast.Repository;

/// <summary>What a node is; the names in a tree are those of restic: <c>file</c>, <c>dir</c>, <c>symlink</c> …</summary>
public enum NodeType
{
    File,
    Dir,
    Symlink,
    Dev,
    CharDev,
    Fifo,
    Socket,
    Irregular,
}

using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Backend;

/// <content>Files that are written before their name is known.</content>
public sealed partial class LocalBackend
{
    public FileDraft? TryBegin(FileType type)
    {
        try
        {
            using DirectoryHandle folder = DirectoryHandle.Open($"{_root}/{BackendFile.Folder(type)}");
            return folder.IsOnOwnDisk() ? new(this, folder.CreateNamelessFile(TemporaryPermissions)) : null;
        }
        catch (LinuxException)
        {
            // Not every file system can. Whatever else it is, a save from memory meets it again, and tells of it by the file's name.
            return null;
        }
    }

    /// <summary>Makes a draft a file of the repository.</summary>
    internal void Publish(LinuxFile draft, BackendFile file)
    {
        draft.ChangePermissions(FilePermissions);
        draft.Sync(); // D1: content first …
        using DirectoryHandle folder = OpenFolderForSaving(file);
        try
        {
            folder.CreateHardLink(FileName(file), draft);
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            // Somebody's folder for this file lies on another disk, or has such a file already: the usual way does for both.
            Save(file, ReadBack(draft, file), replacesConfig: false);
            return;
        }

        draft.Sync(); // D1: before Linux 6.16, Btrfs logs nothing of a file that has no name
        folder.Sync(); // D1: … then the name
    }

    private byte[] ReadBack(LinuxFile draft, BackendFile file)
    {
        var content = new byte[draft.Status().Size];
        int length = draft.ReadAt(content, 0);
        return length == content.Length && Convert.ToHexStringLower(SHA256.HashData(content)) == file.Name
            ? content
            : throw BackupException.Corrupt($"{file}, just written to the disk of {_root}, reads differently: check the disk");
    }
}

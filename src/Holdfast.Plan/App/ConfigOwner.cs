using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Plan;

/// <summary>
/// Whose a configuration is, for a command that runs as its owner. Whoever may make a link, or owns a folder, must not be able to say
/// that it is somebody else: the folders are opened one after another, so that nobody can put a link between two looks.
/// </summary>
internal sealed class ConfigOwner
{
    private readonly string _config;
    private readonly List<(string Path, uint Owner)> _links = [];

    private ConfigOwner(string config)
    {
        _config = config;
    }

    /// <param name="read">The file that was read as the configuration.</param>
    /// <exception cref="BackupException">Kind Refused: somebody else decides what the configuration is.</exception>
    internal static uint Find(string root, string config, FileStatus read)
    {
        if (!Machine.IsRoot)
        {
            return read.UserId; // only root can run anything as somebody else
        }

        try
        {
            var walk = new ConfigOwner(config);
            using DirectoryHandle folder = walk.Open(config, out byte[] name);
            FileStatus status = folder.Status(name);
            if ((status.Inode, status.DeviceId) != (read.Inode, read.DeviceId))
            {
                throw walk.Failure("is another file than before");
            }

            if (walk._links.FirstOrDefault(l => l.Owner != 0 && l.Owner != status.UserId) is { Path: { } link })
            {
                throw walk.Failure($"is reached through {PathText.Printable(link)}, a link of another user");
            }

            // A file of root may lie in a folder of somebody else, who then says what is run.
            if (status.UserId == 0)
            {
                using DirectoryHandle top = DirectoryHandle.Open(root);
                if (folder.Status().UserId != 0 || top.Status().UserId != 0)
                {
                    throw walk.Failure("belongs to root, in a folder of another user");
                }
            }

            return status.UserId;
        }
        catch (LinuxException e)
        {
            throw new BackupException(BackupErrorKind.Source, e.Message, e);
        }
    }

    /// <summary>The folder that it lies in, all links followed, and its name there.</summary>
    private DirectoryHandle Open(string path, out byte[] name)
    {
        var folders = new Stack<DirectoryHandle>([DirectoryHandle.Open("/")]);
        try
        {
            var left = new Stack<string>(RealPath.Parts(path));
            while (left.TryPop(out string? part))
            {
                byte[] bytes = PathText.Encode(part);
                if (part == "..")
                {
                    if (folders.Count > 1)
                    {
                        folders.Pop().Dispose();
                    }
                }
                else if (part != "." && folders.Peek().Status(bytes) is { Kind: FileKind.SymbolicLink } link)
                {
                    _links.Add((folders.Peek().Child(bytes), link.UserId));
                    string target = _links.Count <= RealPath.MostLinks ? PathText.Decode(folders.Peek().ReadLink(bytes)) : throw Failure("has too many links on its way");
                    while (target.StartsWith('/') && folders.Count > 1)
                    {
                        folders.Pop().Dispose();
                    }

                    Array.ForEach([.. RealPath.Parts(target)], left.Push);
                }
                else if (part != "." && left.Count == 0)
                {
                    name = bytes;
                    return folders.Pop();
                }
                else if (part != ".")
                {
                    folders.Push(folders.Peek().OpenDirectory(bytes));
                }
            }

            throw Failure("is a folder");
        }
        finally
        {
            foreach (DirectoryHandle folder in folders)
            {
                folder.Dispose();
            }
        }
    }

    private BackupException Failure(string what) => new(
        BackupErrorKind.Refused, $"{PathText.Printable(_config)} {what}, so no command can run as its owner; give configuration and folder to the user that the application runs as");
}

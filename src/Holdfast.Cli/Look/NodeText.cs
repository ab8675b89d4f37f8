using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.Look;

/// <summary>A node on one line, as `ls` and `find` print it.</summary>
/// <param name="isLong">With mode, owner, size and time.</param>
internal sealed class NodeText(bool isLong, bool humanReadable)
{
    private readonly bool _isTerminal = Machine.IsTerminal(1);

    /// <remarks>A long line on a terminal must not be torn by what a name contains; anywhere else names are the bytes they are.</remarks>
    internal string Line(string path, Node node)
    {
        if (!isLong)
        {
            return path;
        }

        ulong length = node.Type == NodeType.File ? node.Size : 0;
        string size = humanReadable ? Format.Bytes((long)Math.Min(length, long.MaxValue)) : $"{length,6}";
        string target = node.Type == NodeType.Symlink ? " -> " + PathText.Decode(node.LinkTarget) : string.Empty;
        string mode = FileMode.Describe(FileMode.WithType(node.Mode, node.Type));
        string name = path + target;
        return $"{mode} {node.UserId,5} {node.GroupId,5} {size} {Time(node.ModifyTime)} {(_isTerminal ? PathText.Printable(name) : name)}";
    }

    private static string Time(FileTime time) => time.ToDateTimeOffset().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");
}

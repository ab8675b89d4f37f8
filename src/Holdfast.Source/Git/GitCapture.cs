using System.Security.Cryptography;
using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>One repository on its way into a folder of the snapshot, while others push to it: docs/design.md, "Git".</summary>
/// <param name="folder">The git directory.</param>
/// <param name="target">Where it lies in the snapshot.</param>
internal sealed class GitCapture(SourceWriter writer, GitOptions options, string folder, string target)
{
    /// <summary>How often references may be moved away from objects that are dropped at once, before it is given up.</summary>
    private const int Attempts = 5;

    /// <exception cref="BackupException">Kind Source.</exception>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            // First what names objects without needing them (reflogs, index), then references, then objects, and last what commits name outside
            // of the repository: each finds what it names.
            var files = new GitFiles(writer, target);
            bool sha256 = RequireKnownForm();
            await files.CaptureAsync(folder, cancellation).ConfigureAwait(false);
            var objects = new GitObjects(writer, $"{target}/objects", sha256);
            GitReferences references = await CaptureMomentAsync(objects, cancellation).ConfigureAwait(false);
            await WriteAsync(references, cancellation).ConfigureAwait(false);
            await files.CaptureNamedAsync(folder, cancellation).ConfigureAwait(false);
            foreach (string below in files.Repositories)
            {
                await new GitCapture(writer, options, folder + below, target + below).RunAsync(cancellation).ConfigureAwait(false);
            }

            writer.Add(new("repository", folder) { Path = target, Bytes = objects.Bytes, Checksum = Convert.ToHexStringLower(SHA256.HashData(references.Packed)) });
        }
        catch (Exception e) when (e is InvalidDataException or LinuxException)
        {
            throw Failure(e.Message, e);
        }
    }

    private async Task<GitReferences> CaptureMomentAsync(GitObjects objects, CancellationToken cancellation)
    {
        for (int i = 1; ; i++)
        {
            GitReferences references = GitReferences.ReadMoment(folder);
            await objects.CaptureAsync($"{folder}/objects", cancellation).ConfigureAwait(false);
            if (!options.Check || await FindTroubleAsync(references, objects.IsPartial, cancellation).ConfigureAwait(false) is not { } trouble)
            {
                return references;
            }

            // A branch that was set back and a gc that drops at once what it had, or packs that went while git looked: the next moment is as good.
            if (i == Attempts || (i > 1 && GitReferences.ReadMoment(folder).IsSame(references)))
            {
                throw Failure($"something that a reference leads to is missing ({trouble}); see `git fsck --full`");
            }
        }
    }

    /// <summary>
    /// Has git walk from the references to everything they lead to. What is there now was there before, as nothing comes back that
    /// was dropped; so it was captured.
    /// </summary>
    private async Task<string?> FindTroubleAsync(GitReferences references, bool isPartial, CancellationToken cancellation)
    {
        byte[] tips = references.Tips;
        if (tips.Length == 0)
        {
            return null;
        }

        if (!System.Text.Unicode.Utf8.IsValid(PathText.Encode(folder)))
        {
            throw Failure("its path is not UTF-8, and git cannot be given it here; `check: false` captures it without git's proof");
        }

        string[] partial = isPartial ? ["--exclude-promisor-objects"] : [];
        var git = new ToolCommand("git", [$"--git-dir={folder}", "rev-list", "--objects", "--quiet", .. partial, "--stdin"])
        {
            Package = "git",
            Environment = GitEnvironment.Safe(),
        };
        try
        {
            await ToolFilter.RunAsync(git, tips, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (BackupException e) when (e.InnerException is null)
        {
            return e.Message;
        }
    }

    private async Task WriteAsync(GitReferences references, CancellationToken cancellation)
    {
        writer.AddFolder($"{target}/objects");
        writer.AddFolder($"{target}/refs"); // without it git sees no repository
        await WriteAsync("HEAD", PathText.Encode(references.Head + "\n"), cancellation).ConfigureAwait(false);
        await WriteAsync("packed-refs", references.Packed, cancellation).ConfigureAwait(false);
        foreach ((string name, string content) in references.Symbolic)
        {
            await WriteAsync(name, PathText.Encode(content + "\n"), cancellation).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(string name, byte[] content, CancellationToken cancellation)
    {
        using SourceFile file = writer.CreateFile($"{target}/{name}");
        await file.WriteAsync(content, cancellation).ConfigureAwait(false);
        await file.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Whether its hashes are SHA-256; a repository whose references lie in a reftable is refused.</summary>
    private bool RequireKnownForm()
    {
        using DirectoryHandle handle = DirectoryHandle.Open(folder);
        if (handle.TryStatus("reftable"u8, out _))
        {
            throw Failure("its references lie in a reftable, which this version cannot read; `git refs migrate --ref-format=files` makes files of them");
        }

        string[] words = [.. Encoding.UTF8.GetString(GitFolder.TryReadFile(handle, "config"u8) ?? []).Split('\n').Select(l => l.Replace(" ", string.Empty, StringComparison.Ordinal).Trim().ToLowerInvariant())];
        return words.Contains("objectformat=sha256");
    }

    private BackupException Failure(string why, Exception? cause = null) => new(BackupErrorKind.Source, $"git {PathText.Printable(folder)}: {why}", cause);
}

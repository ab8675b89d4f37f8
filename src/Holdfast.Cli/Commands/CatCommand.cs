using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Prints the parts a repository is made of.</summary>
internal static class CatCommand
{
    private static readonly string[] Kinds = ["masterkey", "config", "pack", "blob", "snapshot", "index", "key", "lock", "tree"];

    internal static Command Create(Output output)
    {
        var command = new Command("cat", """
            Print a part of the repository: masterkey, config, pack ID, blob ID, snapshot ID, index ID, key ID, lock ID,
            or tree SNAPSHOT[:FOLDER]. Packs, blobs and trees come as the bytes they are. The master key opens everything.

            Examples:
              holdfast cat snapshot latest
              holdfast cat tree latest:/etc
              holdfast cat blob 420f620f… > piece
            """);
        var kind = new Argument<string>("type") { Description = string.Join(", ", Kinds) };
        kind.CompletionSources.Add(Kinds);
        var name = new Argument<string?>("id") { Description = "the beginning of the id", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(kind);
        command.Arguments.Add(name);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string type = parsed.GetValue(kind)!;
            string id = Check(type, parsed.GetValue(name));
            await using HeldRepository held = await HeldRepository.ForReadingAsync(parsed, output, cancellation);
            OpenRepository repository = held.Repository;
            switch (type)
            {
                case "masterkey":
                    Pretty(Encoding.UTF8.GetBytes(repository.DescribeMasterKey()), output);
                    break;
                case "config":
                    Pretty(await repository.LoadUnpackedAsync(BackendFile.Config, held.Cancellation), output);
                    break;
                case "snapshot":
                    ChosenSnapshot snapshot = await choice.ChooseAsync(parsed, repository, id, held.Cancellation);
                    Pretty(await repository.LoadUnpackedAsync(new(FileType.Snapshot, snapshot.Stored.Id.ToString()), held.Cancellation), output);
                    break;
                case "lock":
                    Pretty(await repository.LoadUnpackedAsync(await FindAsync(FileType.Lock), held.Cancellation), output);
                    break;
                case "index":
                    ReadOnlyMemory<byte> index = await repository.LoadUnpackedAsync(await FindAsync(FileType.Index), held.Cancellation);
                    output.Raw.Write(index.Span);
                    output.Raw.Write("\n"u8);
                    break;
                case "key":
                    Pretty(await repository.Backend.ReadAllAsync(await FindAsync(FileType.Key), Limits.SmallFile, held.Cancellation), output);
                    break;
                case "pack":
                    return await CatPackAsync(repository, await FindAsync(FileType.Pack), output, held.Cancellation);
                case "blob":
                    output.Raw.Write(await LoadBlobAsync(await repository.LoadIndexAsync(null, held.Cancellation), id, held.Cancellation));
                    break;
                default:
                    ChosenSnapshot chosen = await choice.ChooseAsync(parsed, repository, id, held.Cancellation);
                    IndexedRepository indexed = await repository.LoadIndexAsync(null, held.Cancellation);
                    TreeId tree = await chosen.FindTreeAsync(indexed, held.Cancellation);
                    output.Raw.Write(await indexed.LoadBlobAsync(tree, held.Cancellation));
                    break;
            }

            return ExitCode.Done;

            Task<BackendFile> FindAsync(FileType file) => NamedFile.FindAsync(repository, file, id, held.Cancellation);
        });
        return command;
    }

    private static string Check(string type, string? id)
    {
        if (!Kinds.Contains(type))
        {
            throw new UsageException($"'{type}' is no part of a repository: give {string.Join(", ", Kinds)}");
        }

        bool needsId = type is not ("masterkey" or "config");
        if (needsId != id is not null)
        {
            throw new UsageException(needsId ? $"which {type}? give its id" : $"there is one {type} only, and it has no id: leave '{id}' out");
        }

        if (type is not ("snapshot" or "tree") && needsId)
        {
            NamedFile.RequireHex(type, id!);
        }

        return id ?? string.Empty;
    }

    /// <remarks>A damaged pack is printed all the same: whoever asks for one wants to see what is left of it.</remarks>
    private static async Task<int> CatPackAsync(OpenRepository repository, BackendFile file, Output output, CancellationToken cancellation)
    {
        byte[] content = await repository.Backend.ReadAllAsync(file, Limits.Pack, cancellation);
        output.Raw.Write(content);
        if (Hash256.Of(content).ToString() == file.Name)
        {
            return ExitCode.Done;
        }

        output.Complain($"{file} is damaged: its content does not match its name");
        return ExitCode.Failed;
    }

    private static async Task<byte[]> LoadBlobAsync(IndexedRepository repository, string id, CancellationToken cancellation)
    {
        BlobHandle[] found = Hash256.TryParse(id, out Hash256 whole)
            ? [.. ((BlobHandle[])[new(BlobType.Data, whole), new(BlobType.Tree, whole)]).Where(repository.Index.Contains)]
            : [.. repository.Index.Entries().Select(e => e.Blob).Where(b => b.Hash.ToString().StartsWith(id, StringComparison.OrdinalIgnoreCase)).Distinct()];
        return found.Select(b => b.Hash).Distinct().Count() switch
        {
            0 => throw new BackupException(BackupErrorKind.NotFound, $"there is no blob {id} at {repository.Repository.Backend.Location}"),
            1 => await repository.LoadBlobAsync(found[0], cancellation),
            var count => throw NamedFile.Ambiguous("blob", id, count),
        };
    }

    private static void Pretty(ReadOnlyMemory<byte> json, Output output)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.WriteTo(writer);
        }

        memory.WriteByte((byte)'\n');
        output.Raw.Write(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }
}

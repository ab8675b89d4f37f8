using Holdfast.Cli.Dump;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.View;
using Holdfast.Linux;
using Holdfast.Repository;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Cli.Serve;

/// <summary>Sends a folder as an archive, as `dump` writes it.</summary>
internal sealed class ArchiveAnswer(RepositoryView view, Output output)
{
    internal async Task SendAsync(HttpContext context, WebPath path, ViewEntry folder)
    {
        string form = path.Query["archive=".Length..];
        if (form is not ("tar" or "zip"))
        {
            await WebAnswers.SayAsync(context, StatusCodes.Status400BadRequest, "an archive can be tar or zip");
            return;
        }

        if (folder.Node.Subtree is not { } tree || folder.Branch is not null)
        {
            await WebAnswers.SayAsync(context, StatusCodes.Status400BadRequest, "an archive can be had of a snapshot, or of a folder in it");
            return;
        }

        byte[] name = path.Names is [.., var last] ? last : "snapshot"u8.ToArray();
        context.Response.ContentType = form == "tar" ? "application/x-tar" : "application/zip";
        context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{WebPath.Encode(name)}.{form}";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // The runtime's zip writer ends entries by a write that is not asynchronous.
        context.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true;
        await view.ListAsync(folder); // makes the index know the snapshot
        var content = new FileContent(view.Repository);
        IArchive archive = form == "zip" ? new ZipFolder(context.Response.Body, content) : new TarArchive(context.Response.Body, content);
        var walk = new TreeWalk(view.Repository, output);
        await new FolderDump(view.Repository, walk, content, archive).RunAsync(tree, "/" + PathText.Decode(name), context.RequestAborted);
        if (walk.Damaged > 0)
        {
            context.Abort(); // it lacks what was named on standard error, and must not look whole
        }
    }
}

using System.Text;
using Holdfast.Cli.View;
using Holdfast.Repository;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Cli.Serve;

/// <summary>The answer to PROPFIND: what there is, with its size and time. All properties there are, whichever were asked for.</summary>
internal static class PropertyList
{
    /// <param name="view">Null for what has nothing in it.</param>
    internal static async Task WriteAsync(HttpContext context, WebPath path, ViewEntry entry, RepositoryView? view)
    {
        string depth = context.Request.Headers["Depth"].ToString();
        if (depth is not ("0" or "1"))
        {
            // Without the header it means all that lies below, which may be millions.
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.ContentType = "application/xml; charset=utf-8";
            await context.Response.WriteAsync("<?xml version=\"1.0\"?><D:error xmlns:D=\"DAV:\"><D:propfind-finite-depth/></D:error>\n", context.RequestAborted);
            return;
        }

        ViewFolder? folder = view is null || depth == "0" ? null : await view.ListAsync(entry);
        context.Response.StatusCode = StatusCodes.Status207MultiStatus;
        context.Response.ContentType = "application/xml; charset=utf-8";
        await using var list = new StreamWriter(context.Response.Body, new UTF8Encoding(false), 16 * 1024, leaveOpen: true);
        await list.WriteAsync("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">\n");
        await list.WriteAsync(Item(entry.IsFolder ? path.Folder : path.File, entry.Node, entry.IsFolder));
        for (int i = 0; i < folder?.Count; i++)
        {
            ViewEntry below = folder[i];
            bool isFolder = below.IsFolder || (below.Node.Type == NodeType.Symlink && entry.Branch is not null);
            if (isFolder || below.Node.Type == NodeType.File)
            {
                await list.WriteAsync(Item($"{path.Folder}{WebPath.Encode(below.Node.Name)}{(isFolder ? "/" : string.Empty)}", below.Node, isFolder));
            }
        }

        await list.WriteAsync("</D:multistatus>\n");
    }

    private static string Item(string address, Node node, bool isFolder)
    {
        string kind = isFolder
            ? "<D:resourcetype><D:collection/></D:resourcetype>"
            : $"<D:resourcetype/><D:getcontentlength>{node.Size}</D:getcontentlength><D:getcontenttype>application/octet-stream</D:getcontenttype><D:getetag>{FileAnswer.Tag(node)}</D:getetag>";
        return $"<D:response><D:href>{address}</D:href><D:propstat><D:prop>{kind}<D:getlastmodified>{FileAnswer.Date(node)}</D:getlastmodified></D:prop>"
            + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n";
    }
}

using System.Net;
using System.Text;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.View;
using Holdfast.Linux;
using Holdfast.Repository;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Cli.Serve;

/// <summary>A folder as a page for a browser, written entry by entry: folders may be huge.</summary>
internal static class FolderPage
{
    internal static async Task WriteAsync(HttpContext context, WebPath path, ViewEntry entry, ViewFolder folder)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        string title = WebUtility.HtmlEncode(path.Shown);
        await using var page = new StreamWriter(context.Response.Body, new UTF8Encoding(false), 16 * 1024, leaveOpen: true);
        await page.WriteAsync($$"""
            <!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{title}}</title>
            <style>body{font-family:sans-serif;margin:1em}td{padding:.1em 1em .1em 0;white-space:pre-wrap}.n{text-align:right}</style>
            <h1>{{title}}</h1>

            """);
        if (entry.Branch is null)
        {
            await page.WriteAsync("<p>This folder as <a href=\"?archive=tar\">tar</a>, <a href=\"?archive=zip\">zip</a></p>\n");
        }

        await page.WriteAsync("<table>\n");
        if (path.Names.Length > 0)
        {
            await page.WriteAsync("<tr><td><a href=\"../\">..</a><td><td>\n");
        }

        for (int i = 0; i < folder.Count; i++)
        {
            await page.WriteAsync(Row(folder[i], entry.Branch is not null));
        }

        await page.WriteAsync("</table>\n");
    }

    private static string Row(ViewEntry entry, bool followsLinks)
    {
        Node node = entry.Node;
        string name = WebUtility.HtmlEncode(PathText.Printable(node.NameText));
        string link = WebPath.Encode(node.Name);
        string shown = node.Type switch
        {
            NodeType.Dir => $"<a href=\"./{link}/\">{name}/</a>",
            NodeType.Symlink when followsLinks => $"<a href=\"./{link}/\">{name}/</a>",
            NodeType.Symlink => $"{name} → {WebUtility.HtmlEncode(PathText.Printable(PathText.Decode(node.LinkTarget)))}",
            NodeType.File => $"<a href=\"./{link}\">{name}</a>",
            _ => name,
        };
        string size = node.Type == NodeType.File ? Format.Bytes((long)Math.Min(node.Size, long.MaxValue)) : string.Empty;
        return $"<tr><td>{shown}<td class=\"n\">{size}<td>{node.ModifyTime.ToDateTimeOffset().ToLocalTime():yyyy-MM-dd HH:mm:ss}\n";
    }
}

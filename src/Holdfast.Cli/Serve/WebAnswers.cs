using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.View;
using Holdfast.Linux;
using Holdfast.Repository;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Cli.Serve;

/// <summary>Answers requests from a view: files and folders for browsers, and WebDAV, RFC 4918, as far as it only reads.</summary>
internal sealed class WebAnswers(RepositoryView view, Gate gate, Output output)
{
    private const string Methods = "OPTIONS, GET, HEAD, PROPFIND";

    private readonly FileAnswer _files = new(view);
    private readonly ArchiveAnswer _archives = new(view, output);

    internal async Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        try
        {
            // Nothing that was backed up is to run in a browser, or to be kept by what lies between.
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-downloads";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "private, no-cache";
            if (gate.Refuse(context.Request, response) is { } status)
            {
                await SayAsync(context, status, status == StatusCodes.Status401Unauthorized ? "a password is needed" : "ask by the address of this machine, or give the server a --user");
                return;
            }

            await RouteAsync(context);
        }
        catch (BackupException e) when (!response.HasStarted)
        {
            if (e.Kind != BackupErrorKind.NotFound)
            {
                output.Complain(e.Message);
            }

            response.Headers.Remove("Content-Disposition");
            response.ContentLength = null;
            await SayAsync(context, e.Kind == BackupErrorKind.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status500InternalServerError, e.Message);
        }
        catch (BackupException e)
        {
            output.Complain(e.Message);
            context.Abort(); // what was sent looks cut off, which it is
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort(); // the client has gone, or the server ends
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        string method = context.Request.Method;
        if (method is not ("OPTIONS" or "GET" or "HEAD" or "PROPFIND"))
        {
            context.Response.Headers.Allow = Methods;
            await SayAsync(context, StatusCodes.Status405MethodNotAllowed, "this is read-only");
        }
        else if (method == "OPTIONS")
        {
            context.Response.Headers.Allow = Methods;
            context.Response.Headers["DAV"] = "1";
        }
        else if (WebPath.Parse(target) is not { } path)
        {
            await SayAsync(context, StatusCodes.Status400BadRequest, "this is no path");
        }
        else if (await FindAsync(path) is not { } entry)
        {
            await SayAsync(context, StatusCodes.Status404NotFound, $"there is no {path.Shown}");
        }
        else if (method == "PROPFIND")
        {
            await PropertyList.WriteAsync(context, path, entry, entry.IsFolder ? view : null);
        }
        else
        {
            await GetAsync(context, path, entry);
        }
    }

    private async Task GetAsync(HttpContext context, WebPath path, ViewEntry entry)
    {
        HttpResponse response = context.Response;
        if (entry.Node.Type == NodeType.File)
        {
            await _files.SendAsync(context, entry);
        }
        else if (!entry.IsFolder)
        {
            await SayAsync(context, StatusCodes.Status404NotFound, $"{path.Shown} is no file and no folder, and cannot be sent");
        }
        else if (path.Query.StartsWith("archive=", StringComparison.Ordinal))
        {
            await _archives.SendAsync(context, path, entry);
        }
        else if (!path.EndsWithSlash)
        {
            response.StatusCode = StatusCodes.Status301MovedPermanently;
            response.Headers.Location = path.Folder;
        }
        else
        {
            await FolderPage.WriteAsync(context, path, entry, await view.ListAsync(entry));
        }
    }

    /// <summary>Null where there is none. Of links, only <c>latest</c> is followed: the others lead to where they led on another machine.</summary>
    private async ValueTask<ViewEntry?> FindAsync(WebPath path)
    {
        ViewEntry entry = view.Root;
        foreach (byte[] name in path.Names)
        {
            if (!entry.IsFolder)
            {
                return null;
            }

            ViewFolder folder = await view.ListAsync(entry);
            ViewEntry? next = folder.Find(name);
            if (next is { Node.Type: NodeType.Symlink } && entry.Branch is not null)
            {
                next = folder.Find(next.Node.LinkTarget);
            }

            if (next is null)
            {
                return null;
            }

            entry = next;
        }

        return entry;
    }

    internal static async Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.WriteAsync(PathText.Printable(sentence) + "\n", context.RequestAborted);
        }
    }
}

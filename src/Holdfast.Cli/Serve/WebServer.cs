using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Holdfast.Cli.Serve;

/// <summary>Kestrel by itself: no host, no container, no configuration around it.</summary>
internal sealed class WebServer : IDisposable
{
    private const int MostConnections = 256;

    private readonly KestrelServer _server;
    private readonly SemaphoreSlim _free = new(MostConnections);

    private WebServer(KestrelServer server) => _server = server;

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080/</c>.</summary>
    internal string Address { get; private set; } = string.Empty;

    /// <exception cref="UsageException">Nobody can listen there.</exception>
    internal static async Task<WebServer> StartAsync(IPEndPoint listen, Func<HttpContext, Task> answer, CancellationToken cancellation)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MostConnections;
        options.Limits.MaxRequestBodySize = 1 << 20; // the list of properties that a client wants
        options.Limits.MinResponseDataRate = null; // a reader such as `curl | mariadb` takes its time
        options.Listen(listen);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new WebServer(new(Options.Create(options), transport, NullLoggerFactory.Instance));
        try
        {
            await server._server.StartAsync(new Application(answer, server._free), cancellation);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            server.Dispose();
            throw new UsageException($"nobody can listen at {listen}: {(e.InnerException ?? e).Message}");
        }

        server.Address = server._server.Features.Get<IServerAddressesFeature>()!.Addresses.First().TrimEnd('/') + "/";
        return server;
    }

    /// <summary>Takes no more requests, cuts off those that it has, and waits until nobody works on them any more.</summary>
    internal async Task StopAsync()
    {
        await _server.StopAsync(new CancellationToken(true));
        for (int i = 0; i < MostConnections; i++)
        {
            await _free.WaitAsync();
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _free.Dispose();
    }

    private sealed class Application(Func<HttpContext, Task> answer, SemaphoreSlim free) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public async Task ProcessRequestAsync(HttpContext context)
        {
            await free.WaitAsync(context.RequestAborted); // never for long: a connection has one request at a time
            try
            {
                await answer(context);
            }
            finally
            {
                free.Release();
            }
        }

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}

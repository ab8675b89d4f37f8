using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

/// <summary>A real server and real clients.</summary>
public sealed class ServeTests(SampleRepository sample)
{
    private static readonly CancellationToken Stop = CancellationToken.None;

    private async Task<(RunningProgram Server, HttpClient Client)> StartAsync(params string[] arguments)
    {
        RunningProgram server = await sample.Box.StartAsync("repo", ["serve", "--listen", "127.0.0.1:0", "--json", .. arguments]);
        string address = server.FirstLine.Split('"').Single(p => p.StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
        return (server, new() { BaseAddress = new(address) });
    }

    private static string Encoded(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return await client.SendAsync(request, Stop);
    }

    /// <summary>The first line of the answer to a request that no client library would send.</summary>
    private static async Task<string> RawAsync(HttpClient client, string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, client.BaseAddress!.Port, Stop);
        await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request + "\r\nConnection: close\r\n\r\n"), Stop);
        using var reader = new StreamReader(connection.GetStream(), Encoding.Latin1);
        return (await reader.ReadToEndAsync(Stop)).Split('\r')[0];
    }

    [Fact]
    public async Task A_file_is_sent_whole_in_stretches_or_not_at_all()
    {
        (RunningProgram server, HttpClient client) = await StartAsync($"latest:{sample.Source}");
        await using RunningProgram ends = server;
        using HttpClient _ = client;
        byte[] expected = File.ReadAllBytes(sample.Source + "/random");

        using HttpResponseMessage whole = await SendAsync(client, "GET", "random");
        whole.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await whole.Content.ReadAsByteArrayAsync(Stop)).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        whole.Content.Headers.ContentLength.ShouldBe(expected.Length);
        whole.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        whole.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        whole.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        string tag = whole.Headers.ETag!.Tag;

        using HttpResponseMessage head = await SendAsync(client, "HEAD", "random");
        head.Content.Headers.ContentLength.ShouldBe(expected.Length);
        (await SendAsync(client, "GET", "random", ("If-None-Match", tag))).StatusCode.ShouldBe(HttpStatusCode.NotModified);

        (string Range, int First, int Last)[] ranges =
            [("bytes=0-0", 0, 0), ("bytes=5-1000004", 5, 1_000_004), ("bytes=2999999-", 2_999_999, 2_999_999), ("bytes=-7", 2_999_993, 2_999_999), ("bytes=2999990-99999999", 2_999_990, 2_999_999)];
        foreach ((string range, int first, int last) in ranges)
        {
            using HttpResponseMessage part = await SendAsync(client, "GET", "random", ("Range", range), ("If-Range", tag));
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent, range);
            part.Content.Headers.ContentRange.ShouldBe(new(first, last, expected.Length), range);
            (await part.Content.ReadAsByteArrayAsync(Stop)).ShouldBe(expected[first..(last + 1)], range);
        }

        using HttpResponseMessage several = await SendAsync(client, "GET", "random", ("Range", "bytes=1-2, 9-9,-1"));
        several.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        string boundary = several.Content.Headers.ContentType!.Parameters.Single().Value!;
        byte[] body = await several.Content.ReadAsByteArrayAsync(Stop);
        body.Length.ShouldBe((int)several.Content.Headers.ContentLength!);
        string text = Encoding.Latin1.GetString(body);
        string Part(int first, int last) =>
            $"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/3000000\r\n\r\n{Encoding.Latin1.GetString(expected[first..(last + 1)])}";
        text.ShouldBe(Part(1, 2) + Part(9, 9) + Part(2_999_999, 2_999_999) + $"\r\n--{boundary}--\r\n");

        using HttpResponseMessage beyond = await SendAsync(client, "GET", "random", ("Range", "bytes=3000000-"));
        beyond.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        beyond.Content.Headers.ContentRange.ShouldBe(new ContentRangeHeaderValue(expected.Length));
        foreach (string nonsense in (string[])["bytes=", "bytes=a-b", "bytes=9-3", "bytes=-", "lines=1-2", "bytes=99999999999999999999-", "bytes=0-,0-,0-"])
        {
            using HttpResponseMessage all = await SendAsync(client, "GET", "random", ("Range", nonsense));
            all.StatusCode.ShouldBe(HttpStatusCode.OK, nonsense);
        }

        (await SendAsync(client, "GET", "random", ("Range", "bytes=0-1"), ("If-Range", "\"other\""))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("none", Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.GetAsync("fifo", Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.GetAsync("random/below", Stop)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task All_snapshots_are_shown_with_names_of_any_bytes_and_nothing_beside_them()
    {
        (RunningProgram server, HttpClient client) = await StartAsync("--all");
        await using RunningProgram ends = server;
        using HttpClient _ = client;
        string top = $"hosts/alpha/latest{Encoded(sample.Source)}";
        (await client.GetStringAsync($"{top}/sub/odd%FF%0Aname", Stop)).ShouldBe("odd");
        (await client.GetStringAsync($"{top}/{Uri.EscapeDataString("smile 😀")}", Stop)).ShouldBe("smile");
        string page = await client.GetStringAsync($"{top}/sub/", Stop);
        page.ShouldContain("href=\"./odd%FF%0Aname\"");
        page.ShouldContain("odd\\xff\\nname");
        using HttpResponseMessage redirected = await client.GetAsync($"{top}/sub", Stop);
        redirected.RequestMessage!.RequestUri!.AbsolutePath.ShouldBe($"/{top}/sub/");
        using HttpResponseMessage properties = await SendAsync(client, "PROPFIND", $"{top}/sub/", ("Depth", "1"));
        properties.StatusCode.ShouldBe(HttpStatusCode.MultiStatus);
        var names = System.Xml.Linq.XDocument.Parse(await properties.Content.ReadAsStringAsync(Stop))
            .Descendants("{DAV:}href").Select(h => h.Value[(top.Length + 2)..]).ToList();
        names.ShouldBe(["sub/", "sub/deep/", "sub/key.pem", "sub/odd%FF%0Aname"]);
        page = await client.GetStringAsync($"{top}/", Stop);
        page.ShouldContain("link → numbers.txt");

        string host = "\r\nHost: 127.0.0.1";
        foreach (string path in (string[])["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd", $"/{top}/sub%2fkey.pem", $"/{top}/./sub/key.pem", "/%ff/%fe"])
        {
            (await RawAsync(client, $"GET {path} HTTP/1.1{host}")).ShouldBe("HTTP/1.1 404 Not Found", path);
        }

        (await RawAsync(client, $"GET /%zz HTTP/1.1{host}")).ShouldBe("HTTP/1.1 400 Bad Request");
        (await RawAsync(client, $"GET /{top}/sub%00 HTTP/1.1{host}")).ShouldBe("HTTP/1.1 400 Bad Request");
        (await RawAsync(client, $"GET http://127.0.0.1/ids/ HTTP/1.1{host}")).ShouldBe("HTTP/1.1 200 OK");
        (await RawAsync(client, "GET /ids/ HTTP/1.1\r\nHost: evil.example")).ShouldStartWith("HTTP/1.1 421");
    }

    [Fact]
    public async Task It_only_reads()
    {
        (RunningProgram server, HttpClient client) = await StartAsync();
        await using RunningProgram ends = server;
        using HttpClient _ = client;
        foreach (string method in (string[])["PUT", "DELETE", "POST", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK"])
        {
            using HttpResponseMessage refused = await SendAsync(client, method, "ids/");
            refused.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, method);
        }

        using HttpResponseMessage options = await SendAsync(client, "OPTIONS", "ids/");
        options.Headers.GetValues("DAV").ShouldBe(["1"]);
        options.Content.Headers.Allow.ShouldContain("PROPFIND");
        (await SendAsync(client, "PROPFIND", "ids/", ("Depth", "infinity"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(client, "PROPFIND", "ids/")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using HttpResponseMessage self = await SendAsync(client, "PROPFIND", "ids", ("Depth", "0"));
        (await self.Content.ReadAsStringAsync(Stop)).ShouldContain("<D:href>/ids/</D:href>");
        (await client.GetAsync("ids/?archive=tar", Stop)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_folder_is_sent_as_an_archive()
    {
        (RunningProgram server, HttpClient client) = await StartAsync("latest");
        await using RunningProgram ends = server;
        using HttpClient _ = client;
        using var box = new Sandbox();
        string folder = Encoded(sample.Source) + "/";
        using HttpResponseMessage tar = await client.GetAsync(folder + "?archive=tar", Stop);
        tar.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe("source.tar");
        await using (FileStream file = File.Create(box.At("all.tar")))
        {
            await tar.Content.CopyToAsync(file, Stop);
        }

        (await box.RunAsync("tar", ["-xf", box.At("all.tar"), "-C", box.Root])).ShouldSucceed();
        Outcome diff = await box.RunAsync("diff", ["-r", "--no-dereference", "-x", "fifo", sample.Source, box.At("source")]);
        diff.ExitCode.ShouldBe(0, diff.Text + diff.Error);
        using var zip = new System.IO.Compression.ZipArchive(await client.GetStreamAsync(folder + "sub/?archive=zip", Stop));
        zip.Entries.Select(e => e.FullName).ShouldContain("sub/deep/UPPER.TXT");
        (await client.GetAsync(folder + "?archive=rar", Stop)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_password_keeps_others_out()
    {
        using var box = new Sandbox();
        (RunningProgram server, HttpClient client) = await StartAsync("--user", "admin", "--user-password-file", box.WriteSecret("web", "a secret: ü"));
        await using RunningProgram ends = server;
        using HttpClient _ = client;
        using HttpResponseMessage without = await client.GetAsync("ids/", Stop);
        without.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        without.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Basic");
        (await without.Content.ReadAsStringAsync(Stop)).ShouldNotContain("href");
        foreach ((string credentials, HttpStatusCode expected) in ((string, HttpStatusCode)[])
            [("admin:a secret: ü", HttpStatusCode.OK), ("admin:a secret", HttpStatusCode.Unauthorized), ("other:a secret: ü", HttpStatusCode.Unauthorized), (":", HttpStatusCode.Unauthorized)])
        {
            string header = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
            (await SendAsync(client, "GET", "ids/", ("Authorization", header))).StatusCode.ShouldBe(expected, credentials);
        }

        (await SendAsync(client, "GET", "ids/", ("Authorization", "Basic %%%"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_huge_folder_is_listed_and_an_independent_client_copies_everything()
    {
        using var box = new Sandbox();
        Directory.CreateDirectory(box.At("source/huge"));
        for (int i = 0; i < 20_000; i++)
        {
            using FileStream empty = File.Create(box.At($"source/huge/file {i}"));
        }

        Directory.CreateDirectory(box.At("source/deep/er"));
        File.WriteAllText(box.At("source/deep/er/x"), "x");
        File.WriteAllBytes(box.At("source/with & and <ü>.bin"), [.. Enumerable.Range(0, 3_000_000).Select(i => unchecked((byte)(i * 7)))]);
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", "source")).ShouldSucceed();
        await using RunningProgram server = await box.StartAsync("repo", "serve", $"latest:{box.At("source")}", "--listen", "127.0.0.1:0", "--json");
        string address = server.FirstLine.Split('"').Single(p => p.StartsWith("http://", StringComparison.Ordinal));
        using var client = new HttpClient { BaseAddress = new(address) };
        using HttpResponseMessage list = await SendAsync(client, "PROPFIND", "huge/", ("Depth", "1"));
        System.Xml.Linq.XDocument.Parse(await list.Content.ReadAsStringAsync(Stop)).Descendants("{DAV:}response").Count().ShouldBe(20_001);
        (await client.GetStringAsync("huge/", Stop)).Split("<tr>").Length.ShouldBe(20_002);

        string? rclone = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, "rclone")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(rclone is not null, "rclone is not on the PATH, so only HttpClient was tried: install rclone");
        string remote = $":webdav,url='{address}':";
        (await box.RunAsync(rclone, ["--config", "/dev/null", "lsf", remote + "huge"])).ShouldSucceed().Lines.Length.ShouldBe(20_000);
        (await box.RunAsync(rclone, ["--config", "/dev/null", "copy", "--exclude", "/huge/**", remote, box.At("copy")])).ShouldSucceed();
        (await box.RunAsync("diff", ["-r", "-x", "huge", box.At("source"), box.At("copy")])).ShouldSucceed();
    }

    [Fact]
    public async Task It_ends_by_a_signal_though_somebody_reads_and_gives_its_lock_back()
    {
        using Sandbox copy = await sample.CopyAsync();
        await using RunningProgram server = await copy.StartAsync("repo", "serve", "--listen", "localhost:0");
        server.FirstLine.ShouldStartWith("serving at http://127.0.0.1:");
        Directory.GetFiles(copy.At("repo/locks")).ShouldHaveSingleItem();
        string port = new Uri(server.FirstLine.Split(' ')[2].TrimEnd(',')).Port.ToString();
        (await copy.HoldfastAsync("repo", "serve", "--listen", "127.0.0.1:" + port)).ShouldRefuse(1, port, "in use");
        using var client = new HttpClient();
        await using Stream unread = await client.GetStreamAsync($"http://127.0.0.1:{port}/snapshots/latest{Encoded(sample.Source)}/zeros", Stop);
        (await server.EndAsync("TERM")).ShouldSucceed().Error.ShouldContain("everybody on this machine");
        Directory.GetFiles(copy.At("repo/locks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        string secret = sample.Box.PasswordFile;
        (await sample.HoldfastAsync("serve", "--listen", "0.0.0.0:0")).ShouldRefuse(1, "0.0.0.0:0", "--insecure");
        (await sample.HoldfastAsync("serve", "--listen", "nowhere")).ShouldRefuse(1, "nowhere");
        (await sample.HoldfastAsync("serve", "--listen", "127.0.0.1")).ShouldRefuse(1, "127.0.0.1");
        (await sample.HoldfastAsync("serve", "--listen", "192.0.2.1:0", "--insecure")).ShouldRefuse(1, "192.0.2.1");
        (await sample.HoldfastAsync("serve", "--user", "admin")).ShouldRefuse(1, "--user-password-file");
        (await sample.HoldfastAsync("serve", "--user", "a:b", "--user-password-file", secret)).ShouldRefuse(1, "colon");
        (await sample.HoldfastAsync("serve", "latest", "--all")).ShouldRefuse(1, "--all");
        (await sample.HoldfastAsync("serve", "latest:/none")).ShouldRefuse(1, "/none");
        (await sample.HoldfastAsync("serve", "0000000")).ShouldRefuse(1, "0000000");
    }
}

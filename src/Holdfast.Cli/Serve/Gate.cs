using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Cli.Serve;

/// <summary>Who may look: with a password, who knows it; without, who asks this machine by its number.</summary>
/// <param name="user">Null where there is no password.</param>
internal sealed class Gate(string? user, string? password, bool anyHost)
{
    private readonly byte[]? _expected = user is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>The status of a refusal; null where the request may pass.</summary>
    internal int? Refuse(HttpRequest request, HttpResponse response)
    {
        if (_expected is null)
        {
            // A page from elsewhere can give its own name to the address of this machine, and then read what is served here;
            // but it cannot make the browser ask for a number.
            return anyHost || IsThisMachine(request.Host.Host) ? null : StatusCodes.Status421MisdirectedRequest;
        }

        if (IsKnown(request.Headers.Authorization.ToString()))
        {
            return null;
        }

        response.Headers.WWWAuthenticate = "Basic realm=\"holdfast\", charset=\"UTF-8\"";
        return StatusCodes.Status401Unauthorized;
    }

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private bool IsKnown(string header)
    {
        const string scheme = "Basic ";
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var given = new byte[header.Length];
        return Convert.TryFromBase64String(header[scheme.Length..].Trim(), given, out int length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(given.AsSpan(0, length)), _expected);
    }
}

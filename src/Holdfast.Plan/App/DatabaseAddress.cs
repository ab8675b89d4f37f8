using System.Globalization;

namespace Holdfast.Plan;

/// <summary>Where a server is, from the forms in which applications write it.</summary>
/// <param name="Path">A socket, or for PostgreSQL the folder of one.</param>
internal sealed record DatabaseAddress(string? Path, string? Host, int? Port)
{
    private static readonly DatabaseAddress s_default = new(null, null, null);

    /// <summary>
    /// As PHP reads it for MySQL: <c>host</c>, <c>host:port</c>, <c>host:/socket</c>. It reaches <c>localhost</c> by the socket, whatever
    /// port is said.
    /// </summary>
    internal static DatabaseAddress OfPhp(string text)
    {
        string rest = text.StartsWith("p:", StringComparison.Ordinal) ? text[2..] : text; // a connection that PHP keeps
        int slash = rest.IndexOf('/');
        if (slash >= 0 && (slash == 0 || rest[slash - 1] == ':'))
        {
            return new(rest[slash..], null, null);
        }

        DatabaseAddress address = Of(rest);
        return address.Host is "localhost" ? s_default : address;
    }

    /// <summary>As most others do: <c>host</c>, <c>host:port</c>, or a path; nothing is the client's default.</summary>
    /// <exception cref="FormatException">What stands behind the colon is no port.</exception>
    internal static DatabaseAddress Of(string text)
    {
        if (text.Length == 0)
        {
            return s_default;
        }

        if (text[0] == '/')
        {
            return new(text, null, null);
        }

        if (text[0] == '[' && text.IndexOf(']') is > 0 and int close)
        {
            return new(null, text[1..close], text.Length > close + 1 ? PortOf(text[(close + 1)..].TrimStart(':')) : null);
        }

        int colon = text.IndexOf(':');
        return colon < 0 || text.IndexOf(':', colon + 1) > 0 ? new(null, text, null) : new(null, text[..colon], PortOf(text[(colon + 1)..]));
    }

    /// <exception cref="FormatException">It is none.</exception>
    internal static int? PortOf(string text) => text.Length == 0 ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 ? port
        : throw new FormatException($"'{text}' is no port");
}

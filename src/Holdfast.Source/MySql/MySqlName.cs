using System.Globalization;
using System.Text;

namespace Holdfast.Source;

/// <summary>Names of databases, tables and the like, as components of a path and in statements.</summary>
internal static class MySqlName
{
    /// <summary>A path's component: slash, percent sign, control characters and a leading dot become %XX.</summary>
    internal static string Encode(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            bool plain = c is not ('/' or '%' or '\x7F') && c >= ' ' && (c != '.' || text.Length > 0);
            text.Append(plain ? c.ToString() : $"%{(int)c:X2}");
        }

        return text.ToString();
    }

    /// <summary>The way back; a percent sign without two digits stands for itself.</summary>
    internal static string Decode(string component)
    {
        var text = new StringBuilder(component.Length);
        for (int i = 0; i < component.Length; i++)
        {
            if (component[i] == '%' && i + 2 < component.Length
                && byte.TryParse(component.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
            {
                text.Append((char)code);
                i += 2;
            }
            else
            {
                text.Append(component[i]);
            }
        }

        return text.ToString();
    }

    internal static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>Whether a database belongs to the server itself: made by its installation, or no files at all.</summary>
    internal static bool IsSystem(string database) => database is "mysql" or "information_schema" or "performance_schema" or "sys";
}

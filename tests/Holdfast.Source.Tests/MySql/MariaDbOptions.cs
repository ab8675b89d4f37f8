using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

internal static class MariaDbOptions
{
    extension(MariaDb server)
    {
        /// <summary>As the administrator, by the socket.</summary>
        internal MySqlOptions Options => new() { Socket = server.Socket, User = "root" };
    }
}

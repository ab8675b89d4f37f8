using Holdfast.Protocol;

namespace Holdfast.Plan.Tests;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData(null, null, null, null, true)]
    [InlineData("/a", null, "/a", null, true)]
    [InlineData("/a", null, "/b", null, false)]
    [InlineData("/a", null, null, null, true)]
    [InlineData("/a", null, null, "localhost", true)]
    [InlineData("/a", null, null, "db.example.org", false)]
    [InlineData(null, null, null, "db.example.org", false)]
    [InlineData(null, "DB.example.org", null, "db.example.org", true)]
    [InlineData(null, "db1", null, "db2", false)]
    [InlineData(null, "localhost", null, "127.0.0.1", true)]
    public void Two_addresses_may_be_one_server_unless_both_say_otherwise(string? socket, string? host, string? otherSocket, string? otherHost, bool may)
    {
        ServerAddress one = ServerAddress.Of(new MySqlEntry { Socket = socket, Host = host }), other = ServerAddress.Of(new MySqlEntry { Socket = otherSocket, Host = otherHost });
        one.MayBe(other).ShouldBe(may);
        other.MayBe(one).ShouldBe(may);
    }

    [Fact]
    public void Ports_and_engines_tell_servers_apart()
    {
        ServerAddress.Of(new MySqlEntry { Host = "h" }).ShouldBe(ServerAddress.Of(new MySqlEntry { Host = "H", Port = 3306 }));
        ServerAddress.Of(new MySqlEntry { Host = "h" }).MayBe(ServerAddress.Of(new MySqlEntry { Host = "h", Port = 3307 })).ShouldBeFalse();
        ServerAddress.Of(new MySqlEntry()).MayBe(ServerAddress.Of(new PostgreSqlEntry())).ShouldBeFalse();
        ServerAddress.Of(new PostgreSqlEntry { Host = "/run" }).MayBe(ServerAddress.Of(new PostgreSqlEntry { Host = "/run", Port = 5433 })).ShouldBeFalse();
    }
}

using Holdfast.Backend;

namespace Holdfast.Plan.Tests;

public sealed class DatabaseLimitTests
{
    [Theory]
    [InlineData("mysql:", true, null, null, null)]
    [InlineData("mysql:shop", true, null, "shop", null)]
    [InlineData("mysql:shop/orders", true, null, "shop", "orders")]
    [InlineData("mysql@main:a%2Fb/c%25", true, "main", "a/b", "c%")]
    [InlineData("pgsql:crm", false, null, "crm", null)]
    [InlineData("postgresql@two:crm/public.orders", false, "two", "crm", "public.orders")]
    [InlineData("pgsql:crm/\"a/b\".c", false, null, "crm", "\"a/b\".c")]
    [InlineData("pgsql:a%2Fb%25", false, null, "a/b%", null)]
    [InlineData("pgsql:a%2Fb/public.c%2Fd", false, null, "a/b", "public.\"c/d\"")]
    [InlineData("pgsql:a%2Fb/\"s%2F\".t", false, null, "a/b", "\"s%2F\".t")]
    [InlineData("pgsql:\"a/b%2F\"\"c\"", false, null, "a/b%2F\"c", null)]
    [InlineData("pgsql:\"a/b\"/s.t", false, null, "a/b", "s.t")]
    [InlineData("pgsql:100%", false, null, "100%", null)]
    public void A_limit_names_a_server_a_database_or_a_table(string text, bool isMySql, string? server, string? database, string? table)
    {
        DatabaseLimit limit = DatabaseLimit.Parse(text);
        (limit.Text, limit.IsMySql, limit.Server, limit.Database, limit.Table).ShouldBe((text, isMySql, server, database, table));
    }

    [Theory]
    [InlineData("shop", "write mysql:DB")]
    [InlineData("oracle:shop", "write mysql:DB")]
    [InlineData("mysql@:shop", "write mysql:DB")]
    [InlineData("", "write mysql:DB")]
    [InlineData("mysql:shop/", "a database, and perhaps one slash and a table")]
    [InlineData("mysql:/orders", "a database, and perhaps one slash and a table")]
    [InlineData("mysql:shop/a/b", "a slash in a name is written %2F")]
    [InlineData("pgsql:\"a\"b", "a slash in a name is written %2F")]
    [InlineData("pgsql:\"a", "a database, and perhaps")]
    [InlineData("pgsql:crm/orders", "a table of PostgreSQL is named with its schema: pgsql:crm/public.orders")]
    public void A_limit_that_is_none_is_refused(string text, string message)
    {
        BackupException e = Should.Throw<BackupException>(() => DatabaseLimit.Parse(text));
        e.Kind.ShouldBe(BackupErrorKind.Refused);
        e.Message.ShouldContain(message);
        e.Message.ShouldStartWith($"'{text}' names no database: ");
    }

    [Theory]
    [InlineData("mysql:shop/orders", "side.show", "side.show", null)]
    [InlineData("pgsql:crm", "side.show", "side.show", null)]
    [InlineData("pgsql:crm/public.orders", "side.show", "side", "show")]
    [InlineData("pgsql:crm/public.orders", "side", "side", null)]
    public void Another_name_has_a_schema_for_a_table_of_PostgreSQL(string limit, string name, string database, string? schema)
    {
        var request = DatabaseLimit.Parse(limit).ToRequest(name, users: true, binaryLog: false, emptyExcluded: false);
        (request.As, request.AsSchema, request.Users, request.BinaryLog).ShouldBe((database, schema, true, false));
    }
}

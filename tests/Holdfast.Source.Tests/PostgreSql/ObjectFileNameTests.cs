namespace Holdfast.Source.Tests;

public sealed class ObjectFileNameTests
{
    [Theory]
    [InlineData("public", "orders", "public.orders.sql")]
    [InlineData("a.b", "c", "a%2Eb.c.sql")]
    [InlineData("a", "b.c", "a.b%2Ec.sql")]
    [InlineData("a/b", "100%\n", "a%2Fb.100%25%0A.sql")]
    [InlineData("größe", " x\"'", "größe. x\"'.sql")]
    public void Tables_have_names_of_their_own(string schema, string table, string file) => ObjectFileName.Table(schema, table).ShouldBe(file);

    [Theory]
    [InlineData("crm", "crm")]
    [InlineData("a.b", "a.b")]
    [InlineData("..", "%2E.")]
    [InlineData("files", "%66iles")]
    [InlineData("globals.sql", "%67lobals.sql")]
    public void Databases_have_names_of_their_own(string database, string folder) => ObjectFileName.Database(database).ShouldBe(folder);

    [Fact]
    public void The_longest_names_of_the_oddest_characters_fit_into_a_file_system()
    {
        string name = ObjectFileName.Table(new('/', 63), new('.', 63));
        System.Text.Encoding.UTF8.GetByteCount(name).ShouldBeLessThanOrEqualTo(255);
        ObjectFileName.Table(new('/', 63), new string('.', 62) + "x").ShouldNotBe(name);
    }
}

using System.Text;

namespace Holdfast.DataSet;

/// <summary>
/// Lines with gaps: ~ a word, $ an identifier of this file, # a number, % the next number of a sequence,
/// @ a time that only grows, ^ sixteen hexadecimal digits. The earlier of two lines is the more frequent.
/// </summary>
internal static class Templates
{
    public static readonly byte[][] Prose = Lines(
        "~ ~ ~ ~ ~ ~, ~ ~ ~ ~ ~. ~ ~ ~",
        "~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~",
        "~ ~ ~. ~ ~ ~ ~ ~ ~ ~ ~",
        "~ ~ ~ # ~ ~ ~ ~, ~ ~ ~ ~",
        "~ ~ ~ ~ ~ ~ ~ ~ ~.",
        "",
        "## ~ ~ ~",
        "- ~ ~ ~: ~ ~ ~ ~");

    public static readonly byte[][] Source = Lines(
        "        var $ = $.$($, #);",
        "        return $;",
        "    }",
        "        if ($ == $.$)",
        "            $.$($);",
        "",
        "        $ += #;",
        "    public int $(int $, string ~)",
        "    {",
        "        // ~ ~ ~ ~ ~ ~",
        "        for (int i = 0; i < $; i++)",
        "        throw new ~Exception(\"~ ~ ~ \" + $);",
        "    /// <summary>~ ~ ~ ~ ~ ~ ~ ~.</summary>",
        "    private static readonly ~ $ = new(#);",
        "using ~.~;");

    public static readonly byte[][] Log = Lines(
        "@ INFO  [worker-#] ~.~ request=^ status=200 bytes=# ms=#",
        "@ INFO  [worker-#] ~.~ ~ ~ ~ id=%",
        "@ DEBUG [worker-#] ~.~ cache hit key=^",
        "@ WARN  [worker-#] ~.~ ~ ~ took # ms",
        "@ ERROR [worker-#] ~.~ ~ ~ ~ ~: code #");

    public static readonly byte[][] Table = Lines(
        "INSERT INTO `orders` VALUES (%,#,'@','~ ~','~.~.example.org',#.25,'paid',NULL);",
        "INSERT INTO `orders` VALUES (%,#,'@','~ ~','~.~.example.org',#.50,'open','~ ~ ~ ~');",
        "INSERT INTO `sessions` VALUES (%,'^^',#,'@');");

    private static byte[][] Lines(params string[] lines) =>
        Array.ConvertAll(lines, line => Encoding.ASCII.GetBytes(line + "\n"));
}

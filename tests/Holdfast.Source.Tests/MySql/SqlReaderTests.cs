using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

public sealed class SqlReaderTests
{
    [Fact]
    public void Rows_are_told_apart_on_one_line_and_on_many()
    {
        string[] expected =
        [
            "InsertHead INSERT INTO `t` (`a)`, `VALUES (`) VALUES", "Row (1,'),(;')", "Row (2,'it\\'s \\\\')", "Row (3,'''',NULL,0x00)", "Row (ST_X('(',4))", "InsertEnd ",
        ];
        Read("INSERT INTO `t` (`a)`, `VALUES (`) VALUES (1,'),(;'),(2,'it\\'s \\\\'),(3,'''',NULL,0x00),(ST_X('(',4));\n").ShouldBe(expected);
        Read("INSERT INTO `t` (`a)`, `VALUES (`) VALUES\n(1,'),(;'),\n(2,'it\\'s \\\\'),\n(3,'''',NULL,0x00),\n(ST_X('(',4));\n").ShouldBe(expected);
    }

    [Fact]
    public void Quotes_comments_and_delimiters_inside_a_body_end_nothing()
    {
        const string Body = "/*!50003 CREATE*/ /*!50003 TRIGGER x BEGIN\n-- it's ;;\n/* ;; \" */ # `\n SET @a = ';;', @b = \";;\", @c = 1 -1; `;;`; END */";
        Read($"-- note\nDELIMITER ;;\n{Body};;\nDELIMITER ;\nSELECT 1;\n-- Dump completed").ShouldBe(["Comment -- note", $"Statement {Body}", "Statement SELECT 1", "Comment -- Dump completed"]);
    }

    [Fact]
    public void A_backslash_is_a_backslash_where_the_session_says_so()
    {
        Read("/*!50003 SET sql_mode              = 'NO_BACKSLASH_ESCAPES' */;SELECT 'C:\\';/*!50003 SET sql_mode  = @saved */;SELECT '\\';';")
            .ShouldBe(["Statement /*!50003 SET sql_mode              = 'NO_BACKSLASH_ESCAPES' */", "Statement SELECT 'C:\\'", "Statement /*!50003 SET sql_mode  = @saved */", "Statement SELECT '\\';'"]);
    }

    [Fact]
    public void A_row_of_many_megabytes_comes_in_parts_of_bounded_length()
    {
        string row = $"(1,'{new string('\'', 2).PadRight(3_000_000, 'x')}\\'')";
        var text = new StringBuilder();
        int parts = 0;
        Read(Encoding.ASCII.GetBytes($"INSERT INTO `t` VALUES {row},(2);"), 70_001, piece =>
        {
            piece.Text.Length.ShouldBeLessThan(SqlReader.LargeRow + 70_001);
            text.Append(Encoding.ASCII.GetString(piece.Text.Span));
            parts += piece.Kind == SqlPieceKind.RowPart ? 1 : 0;
        });
        parts.ShouldBeGreaterThan(8);
        text.ToString().ShouldBe($"INSERT INTO `t` VALUES{row}(2)");
    }

    [Theory]
    [InlineData("INSERT INTO `t` VALUES (1,'a", "it ends inside a row")]
    [InlineData("INSERT INTO `t` VALUES (1),", "it ends inside a statement with rows")]
    [InlineData("INSERT INTO `t` VALUES (1) x", "something else than a row follows a row")]
    [InlineData("INSERT INTO `t` VALUES x", "a row does not begin with a parenthesis")]
    [InlineData("CREATE TABLE `t` ('", "it ends inside a statement")]
    [InlineData("DELIMITER $$\n", "'$$' is no delimiter that a dump has")]
    [InlineData("/* a", "it ends inside a comment")]
    public void What_stops_in_the_middle_is_refused(string dump, string what) =>
        Should.Throw<BackupException>(() => Read(dump)).Message.ShouldBe($"the dump cannot be understood: {what}");

    [Fact]
    public void Pieces_do_not_depend_on_how_the_bytes_come_and_no_garbage_hangs_or_breaks_it()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        byte[] dump = Encoding.UTF8.GetBytes(
            Zoo.Sql.Replace("SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */", StringComparison.Ordinal)
                .Replace("SET sql_mode = 'ANSI_QUOTES'", "/*!50003 SET sql_mode = 'ANSI_QUOTES' */", StringComparison.Ordinal)
            + "\n/*M!999999\\- enable the sandbox mode */ \nDELIMITER ;;\n/*!50003 CREATE PROCEDURE x () 'a;;' -- '\n */;;\nDELIMITER ;\n"
            + string.Concat(Enumerable.Range(0, 40).Select(i => $"INSERT INTO `t{i % 3}` (`a`) VALUES\n({i},'\\'{new string(';', i)}'),\n(2,'''',-1);\n")) + "-- Dump completed");
        dump = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(dump).Replace("DELIMITER //", "DELIMITER ;;", StringComparison.Ordinal).Replace("//\n", ";;\n", StringComparison.Ordinal));
        List<string> whole = Read(dump, int.MaxValue);
        whole.Count.ShouldBeGreaterThan(150, $"seed {seed}");
        for (int round = 0; round < 400; round++)
        {
            Read(dump, random.Next(1, 200)).ShouldBe(whole, $"seed {seed}");
            byte[] garbled = [.. dump[..random.Next(dump.Length)]];
            for (int i = 0; i < 5 && garbled.Length > 0; i++)
            {
                garbled[random.Next(garbled.Length)] = (byte)"'\"`;()\\/*-# \n,x\0"[random.Next(16)];
            }

            try
            {
                Read(garbled, random.Next(1, 2000), piece =>
                {
                    SqlHead.Of(piece.Text.Span).Name.ShouldNotBeNull();
                    MySqlView.Of(default, piece.Text.Span).Names.ShouldNotBeNull();
                });
            }
            catch (BackupException e)
            {
                e.Kind.ShouldBe(BackupErrorKind.Source, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Every_row_of_many_megabytes_comes_and_the_rate_is_told()
    {
        byte[] dump = Encoding.ASCII.GetBytes($"INSERT INTO `t` VALUES\n{string.Join(",\n", Enumerable.Range(0, 200_000).Select(i => $"({i},'name of the {i}th','it\\'s a comment',{i * 7}.25,NULL,'2024-01-01 00:00:00')"))};\n");
        long rows = 0;
        TimeSpan start = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < 20; i++)
        {
            Read(dump, 64 << 10, piece => rows += piece.Kind == SqlPieceKind.Row ? 1 : 0);
        }

        // Of processor time, so that it means something on a machine that is busy.
        double rate = dump.Length * 20 / (Environment.CpuUsage.TotalTime - start).TotalSeconds / 1e6;
        TestContext.Current.TestOutputHelper!.WriteLine($"{rate:F0} MB/s");
        rows.ShouldBe(4_000_000);
    }

    private static List<string> Read(string dump) => Read(Encoding.UTF8.GetBytes(dump), 7);

    private static List<string> Read(byte[] dump, int step)
    {
        List<string> pieces = [];
        Read(dump, step, piece => pieces.Add($"{piece.Kind} {Encoding.Latin1.GetString(piece.Text.Span)}"));
        return pieces;
    }

    private static void Read(byte[] dump, int step, Action<SqlPiece> take)
    {
        var reader = new SqlReader();
        for (ReadOnlyMemory<byte> rest = dump; !rest.IsEmpty;)
        {
            Memory<byte> free = reader.Free;
            ReadOnlyMemory<byte> part = rest[..Math.Min(rest.Length, Math.Min(step, free.Length))];
            part.CopyTo(free);
            reader.Added(part.Length);
            rest = rest[part.Length..];
            while (reader.TryRead(out SqlPiece piece))
            {
                take(piece);
            }
        }

        reader.End();
        while (reader.TryRead(out SqlPiece piece))
        {
            take(piece);
        }
    }
}

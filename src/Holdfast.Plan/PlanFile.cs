using System.Text;
using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Reads plan files, and sources from the command line.</summary>
public static class PlanFile
{
    /// <summary>Where it lies when nobody says where.</summary>
    public const string DefaultPath = "/etc/holdfast/holdfast.yaml";

    /// <summary>Larger than any plan that people write, in bytes.</summary>
    private const int MaxLength = 1 << 20;

    /// <summary>Reads a file and says all that is wrong with it.</summary>
    /// <exception cref="BackupException">Kind Refused: the file itself cannot be read, or can be changed by others.</exception>
    public static PlanReading Read(string path)
    {
        var problems = new PlanProblems(path);
        string text = ReadText(path, "the plan file");
        YamlNode? node = YamlText.Read(new StringReader(text), problems);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        PlanDocument? document = problems.IsEmpty ? new PlanReader(folder, problems).Read(node) : null;
        return new(problems.IsEmpty ? document : null, problems.All);
    }

    /// <summary>Reads a file that is to be used.</summary>
    /// <exception cref="BackupException">Kind Refused: it cannot be read, or something in it is wrong.</exception>
    public static PlanDocument Load(string path)
    {
        PlanReading reading = Read(path);
        return reading.Document ?? throw Refusal(reading.Problems);
    }

    /// <summary>Reads a source as <c>--source</c> has it.</summary>
    /// <param name="option">The option that has it, for messages.</param>
    /// <exception cref="BackupException">Kind Refused: something in it is wrong.</exception>
    public static SourceEntry ReadSource(string text, string option = "--source")
    {
        var problems = new PlanProblems($"{option} {text}");
        SourceEntry? entry = SourceText.Read(text, Environment.CurrentDirectory, problems);
        return problems.IsEmpty && entry is not null ? entry : throw Refusal(problems.All);
    }

    private static BackupException Refusal(IReadOnlyList<PlanProblem> problems)
    {
        string more = problems.Count > 1 ? $"; and {problems.Count - 1} more, see `holdfast config check`" : string.Empty;
        return new(BackupErrorKind.Refused, problems[0] + more);
    }

    /// <summary>Whoever can change the file runs commands as whoever backs up.</summary>
    /// <param name="what">What messages call it.</param>
    internal static string ReadText(string path, string what)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if ((File.GetUnixFileMode(stream.SafeFileHandle) & UnixFileMode.OtherWrite) != 0)
            {
                throw new BackupException(BackupErrorKind.Refused, $"{path} can be changed by others, and its commands are run: chmod o-w {path}");
            }

            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            var content = new char[MaxLength];
            int length = reader.ReadBlock(content);
            return length < MaxLength ? new(content, 0, length) : throw new BackupException(BackupErrorKind.Refused, $"{path} is larger than 1 MiB: is it the right file?");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message;
            throw new BackupException(BackupErrorKind.Refused, $"{what} {path} cannot be read: {why}", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new BackupException(BackupErrorKind.Refused, $"{path} is no UTF-8 text: is it the right file?", e);
        }
    }
}

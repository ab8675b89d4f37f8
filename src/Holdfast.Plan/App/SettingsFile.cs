using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Linux;

namespace Holdfast.Plan;

/// <summary>A configuration file of an application, read but never run.</summary>
internal sealed class SettingsFile
{
    internal const RegexOptions RegexOptions = System.Text.RegularExpressions.RegexOptions.NonBacktracking | System.Text.RegularExpressions.RegexOptions.Multiline;

    /// <summary>Larger than any that people write, in bytes.</summary>
    private const int MaxLength = 4 << 20;

    private readonly string _text;
    private CodeSettings? _php;
    private CodeSettings? _python;

    private SettingsFile(string text, FileStatus status)
    {
        (_text, Status) = (text, status);
    }

    internal FileStatus Status { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    internal static SettingsFile Load(string path)
    {
        string real = RealPath.Of(path);
        try
        {
            // Anybody may name a FIFO as he likes, and an open that waits for a writer would wait for ever.
            int slash = real.LastIndexOf('/');
            using DirectoryHandle folder = DirectoryHandle.Open(slash == 0 ? "/" : real[..slash]);
            using LinuxFile file = folder.OpenFile(PathText.Encode(real.AsSpan(slash + 1)));
            FileStatus status = file.Status();
            if (status.Kind != FileKind.Regular || status.Size > MaxLength)
            {
                throw new IOException(status.Kind == FileKind.Regular ? "it is larger than 4 MiB" : "it is no regular file");
            }

            byte[] content = new byte[status.Size];
            int length = file.ReadFull(content);
            using var reader = new StreamReader(new MemoryStream(content, 0, length), Encoding.UTF8);
            return new(reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal), status);
        }
        catch (LinuxException e)
        {
            throw e.IsMissing ? new FileNotFoundException(e.Message, e) : new IOException(e.Message, e);
        }
    }

    internal bool Contains(string needle) => _text.Contains(needle, StringComparison.Ordinal);

    internal SettingValue Find(RecipeSetting setting) => setting.Extractor switch
    {
        "php-define" => Php.Constant(setting.Key),
        "php-variable" => Php.Variable(setting.Key),
        "php-array" => Php.Member(setting.Key),
        "python" => Python.Variable(setting.Key),
        "ini" => IniText.Find(_text, setting.Key),
        "yaml" => TreeText.FindInYaml(_text, setting.Key),
        "json" => TreeText.FindInJson(_text, setting.Key),
        "regex" => new Regex(setting.Key, RegexOptions).Match(_text) is { Success: true } match ? new(match.Groups[1].Value) : SettingValue.Missing,
        _ => throw new InvalidOperationException(setting.Extractor),
    };

    /// <summary>What it says as an override of the configuration. What it may say, and only the application knows, counts too.</summary>
    internal SettingValue FindOverride(RecipeSetting setting, SettingsFile configuration)
    {
        SettingValue value = setting.Extractor == "php-array" ? Php.Member(setting.Key, configuration.Php.Arrays) : Find(setting);
        return value.Trouble is null && IsPhp(setting) && Php.IncludeTrouble is { } trouble ? new(null, trouble) : value;
    }

    /// <summary>Whether what it says of a setting holds whatever else happens.</summary>
    internal bool IsCertain(RecipeSetting setting) => !IsPhp(setting) || !Php.HasBranches;

    private static bool IsPhp(RecipeSetting setting) => setting.Extractor.StartsWith("php", StringComparison.Ordinal);

    private CodeSettings Php => _php ??= CodeSettings.OfPhp(_text);

    private CodeSettings Python => _python ??= CodeSettings.OfPython(_text);
}

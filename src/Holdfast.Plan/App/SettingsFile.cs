using System.Text;
using System.Text.RegularExpressions;

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

    private SettingsFile(string text)
    {
        _text = text;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read; so may an <see cref="UnauthorizedAccessException"/> say.</exception>
    internal static SettingsFile Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MaxLength)
        {
            throw new IOException("it is larger than 4 MiB");
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new(reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal));
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

    private CodeSettings Php => _php ??= CodeSettings.OfPhp(_text);

    private CodeSettings Python => _python ??= CodeSettings.OfPython(_text);
}

using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Plan;

/// <summary>The settings of one installation, by the names of its recipe.</summary>
internal sealed class InstallationSettings(Recipe recipe, string root, string config)
{
    /// <summary>A question mark is one character and a point a point; in patterns of Windows, which .NET takes, they may be none.</summary>
    private static readonly EnumerationOptions s_asWritten = new() { MatchType = MatchType.Simple, AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly Dictionary<string, SettingsFile> _files = [];
    private readonly Dictionary<string, SettingValue> _values = [];
    private string[]? _overrides;

    /// <summary>Whose the configuration is, and who may read it.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be read.</exception>
    internal FileStatus ConfigStatus
    {
        get
        {
            try
            {
                return File(config).Status;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BackupException(BackupErrorKind.Source, $"{config} cannot be read: {e.Message}", e);
            }
        }
    }

    /// <summary>What was read, and is worth a word.</summary>
    internal List<string> Notes { get; } = [];

    /// <summary>The files that are there of those whose settings count before the configuration's.</summary>
    /// <exception cref="BackupException">Kind Source: their folder cannot be read.</exception>
    internal IReadOnlyList<string> Overrides => _overrides ??= [.. recipe.Overrides.SelectMany(ListOverrides).Distinct().Where(f => f != config)];

    /// <exception cref="BackupException">Kind Source: it is not there, or cannot be read without running the application.</exception>
    internal string Text(string name) => Find(name) is { } value && value.Text is { } text ? text : throw Failure($"{Title(name)} {Find(name).Trouble ?? $"is not set in {FileOf(name)}"}");

    /// <exception cref="BackupException">A setting in it is missing.</exception>
    internal string Fill(Template template) => template.Fill(Text);

    internal SettingValue Find(string name)
    {
        if (name is "root" or "config")
        {
            return new(name == "root" ? root : config);
        }

        if (!_values.TryGetValue(name, out SettingValue? value))
        {
            _values[name] = value = Read(recipe.Settings[name]);
        }

        return value;
    }

    internal BackupException Failure(string what) =>
        new(BackupErrorKind.Source, $"{recipe.Name} {root}: {what}; write it there as a plain text, or name the files and databases in the plan instead of the application");

    private SettingValue Read(RecipeSetting setting)
    {
        string file = FileOf(setting.Name);
        SettingValue value = Read(file, f => f.Find(setting));
        if (setting.File is null)
        {
            (file, value) = Override(setting, value);
        }

        if (value.Trouble is { } trouble && setting.IsOptional)
        {
            Notes.Add($"{setting.Title} {trouble}: what it names outside of {root} belongs into the plan's files");
            value = SettingValue.Missing;
        }

        if (!value.IsMissing || setting.Default is not { } instead)
        {
            return value.Trouble is { } other ? value with { Trouble = $"in {file} {other}" } : value;
        }

        // Where a default cannot be filled in, what is missing in it is what has to be told.
        string? missing = instead.Names.FirstOrDefault(n => Find(n).Text is null);
        return missing is null ? new(Fill(instead)) : new(null, $"is not set in {FileOf(setting.Name)}, and {Title(missing)} {Find(missing).Trouble ?? "neither"}");
    }

    private SettingValue Read(string file, Func<SettingsFile, SettingValue> find)
    {
        try
        {
            return find(File(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is FileNotFoundException or DirectoryNotFoundException ? SettingValue.Missing : new(null, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>What counts where other files may say something else: one of them does, if none contradicts it, and if it says so whatever happens.</summary>
    /// <param name="configured">What the configuration says.</param>
    private (string File, SettingValue Value) Override(RecipeSetting setting, SettingValue configured)
    {
        (string File, SettingValue Value)? said = null;
        foreach (string file in Overrides)
        {
            SettingValue value = Read(file, f => f.FindOverride(setting, File(config)));
            if (value.IsMissing)
            {
                continue;
            }

            if (value.Trouble is not null)
            {
                return (file, value);
            }

            // Also where it says what the configuration does: it may be the one that is read last.
            if (said is { } first && first.Value.Text != value.Text)
            {
                return (file, new(null, $"is something else than in {first.File}, and only the application knows which counts"));
            }

            if (said is null && value.Text != configured.Text && !File(file).IsCertain(setting))
            {
                return (file, new(null, "is set in a branch, and only the application knows whether that counts"));
            }

            said ??= (file, value);
        }

        return said ?? (config, configured);
    }

    private string[] ListOverrides(string pattern)
    {
        int slash = pattern.LastIndexOf('/');
        string folder = slash < 0 ? root : $"{root.TrimEnd('/')}/{pattern[..slash]}";
        try
        {
            // As a shell does, and PHP, an asterisk leaves hidden files alone.
            return [.. Directory.GetFiles(folder, pattern[(slash + 1)..], s_asWritten).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is DirectoryNotFoundException ? [] : throw Failure($"{folder} cannot be read: {e.Message}");
        }
    }

    private string Title(string name) => recipe.Settings.TryGetValue(name, out RecipeSetting? setting) ? setting.Title : name;

    private string FileOf(string name) => recipe.Settings.TryGetValue(name, out RecipeSetting? setting) && setting.File is { } file ? TargetPath.Clean(Fill(file), root) : config;

    private SettingsFile File(string path)
    {
        if (!_files.TryGetValue(path, out SettingsFile? file))
        {
            _files[path] = file = SettingsFile.Load(path);
        }

        return file;
    }
}

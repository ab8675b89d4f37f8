using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Plan;

/// <summary>The settings of one installation, by the names of its recipe.</summary>
internal sealed class InstallationSettings(Recipe recipe, string root, string config)
{
    private readonly Dictionary<string, SettingsFile> _files = [];
    private readonly Dictionary<string, SettingValue> _values = [];

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
        SettingValue value;
        try
        {
            value = File(FileOf(setting.Name)).Find(setting);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            value = e is FileNotFoundException or DirectoryNotFoundException ? SettingValue.Missing : new(null, $"cannot be read: {e.Message}");
        }

        if (value.Trouble is { } trouble && setting.IsOptional)
        {
            Notes.Add($"{setting.Title} {trouble}: what it names outside of {root} belongs into the plan's files");
            value = SettingValue.Missing;
        }

        if (!value.IsMissing || setting.Default is not { } instead)
        {
            return value.Trouble is { } other ? value with { Trouble = $"in {FileOf(setting.Name)} {other}" } : value;
        }

        // Where a default cannot be filled in, what is missing in it is what has to be told.
        string? missing = instead.Names.FirstOrDefault(n => Find(n).Text is null);
        return missing is null ? new(Fill(instead)) : new(null, $"is not set in {FileOf(setting.Name)}, and {Title(missing)} {Find(missing).Trouble ?? "neither"}");
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

namespace Holdfast.Plan;

/// <summary>The settings in a file of source code.</summary>
internal sealed class CodeSettings
{
    private readonly string _source;
    private readonly CodeAssignment[] _all;

    private CodeSettings(string source, CodeReader reader)
    {
        _source = source;
        _all = [.. reader.FindAssignments()];
    }

    internal static CodeSettings OfPhp(string source) => new(source, new PhpReader(source));

    internal static CodeSettings OfPython(string source) => new(source, new PythonReader(source));

    internal SettingValue Constant(string name) => Find(_all.Where(a => a.IsConstant), [name]);

    /// <param name="path">A name, and keys behind slashes.</param>
    internal SettingValue Variable(string path) => Find(_all.Where(a => !a.IsConstant), path.Split('/'));

    /// <summary>A member of whatever array the file sets or returns.</summary>
    internal SettingValue Member(string path) =>
        Find(_all.Where(a => !a.IsConstant).Select(a => a with { Path = [.. a.Path.Skip(1)] }).Where(a => a.Path.Count > 0 || a.Value.Members is not null), path.Split('/'));

    /// <summary>
    /// One value, wherever it is set. A file may set it in the branches of an <c>if</c>; which of them counts is not known without running
    /// it, so two different values are none.
    /// </summary>
    private SettingValue Find(IEnumerable<CodeAssignment> places, string[] path)
    {
        List<(CodeValue Value, SettingValue Setting)> found = [];
        var added = new List<string>();
        foreach (CodeAssignment place in places)
        {
            if (place.Path.Count > path.Length && place.Path.Take(path.Length).SequenceEqual(path))
            {
                added.Add(place.Path[path.Length]);
            }
            else if (place.Path.SequenceEqual(path.Take(place.Path.Count)) && Descend(place.Value, path.AsSpan(place.Path.Count)) is { } value)
            {
                found.Add((value, Read(value)));
            }
        }

        if (found.Count == 0)
        {
            return SettingValue.Missing;
        }

        (CodeValue first, SettingValue setting) = found[0];
        if (found.FirstOrDefault(f => f.Setting.Text != setting.Text).Value is { } other)
        {
            return new(null, $"is set in line {Line(first)} and to something else in line {Line(other)}, and only the application knows which counts");
        }

        return setting.Text is { } keys && first.Members is not null && added.Count > 0 ? new(string.Join(',', keys.Split(',').Union(added))) : setting;
    }

    private static CodeValue? Descend(CodeValue value, ReadOnlySpan<string> path)
    {
        foreach (string key in path)
        {
            if (value.Expression is not null)
            {
                return value;
            }

            // The last of equal keys counts, in PHP as in Python.
            if (value.Members?.LastOrDefault(m => m.Key == key).Value is not { } member)
            {
                return null;
            }

            value = member;
        }

        return value;
    }

    /// <summary>Of members, their keys: so a recipe can see that there is more than it knows of.</summary>
    private SettingValue Read(CodeValue value)
    {
        if (value.Expression is { } code)
        {
            return new(null, $"is {Describe(code)} in line {Line(value)}, which only the application can evaluate");
        }

        return new(value.Text ?? string.Join(',', value.Members!.Select(m => m.Key)));
    }

    /// <summary>What it begins with. All of it may have half of a password in it.</summary>
    private static string Describe(string code)
    {
        int length = 0;
        while (length < code.Length && (char.IsLetterOrDigit(code[length]) || code[length] is '_' or '$' or '\\' or '.'))
        {
            length++;
        }

        string rest = code[length..];
        string? end = rest.Length == 0 ? string.Empty : rest[0] switch { '(' => "(…)", '[' => "[…]", ' ' or '\t' or '\n' => " …", _ => null };
        return length == 0 || end is null ? "an expression" : code[..length] + end;
    }

    private int Line(CodeValue value) => _source.AsSpan(0, value.Start).Count('\n') + 1;
}

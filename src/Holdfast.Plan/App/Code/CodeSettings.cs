namespace Holdfast.Plan;

/// <summary>The settings in a file of source code.</summary>
internal sealed class CodeSettings
{
    /// <summary>How code begins that makes an array of arrays.</summary>
    private static readonly string[] s_arrays = ["[", "array(", "array (", "array_merge", "array_replace"];

    private readonly string _source;
    private readonly CodeAssignment[] _all;
    private readonly int[] _imports;
    private readonly int[] _includes;

    private CodeSettings(string source, CodeReader reader)
    {
        _source = source;
        _all = [.. reader.FindAssignments()];
        _imports = [.. reader.FindImports()];
        _includes = [.. reader.FindIncludes()];
        HasBranches = reader.HasBranches;
        Arrays = [.. _all.Where(a => !a.IsConstant && (a.Path.Count > 1 || a.Value.Members is not null)).Select(NameOf)];
    }

    /// <summary>The variables that it makes arrays; an empty name where it returns one.</summary>
    internal HashSet<string> Arrays { get; }

    /// <summary>Why no setting is known: another file is read, which may set any of them. Null where none is.</summary>
    internal string? IncludeTrouble => _includes.Length > 0 ? $"may be set by the file that line {Line(_includes[0])} includes, which only the application can evaluate" : null;

    /// <summary>Whether some of it may not happen.</summary>
    internal bool HasBranches { get; }

    internal static CodeSettings OfPhp(string source) => new(source, new PhpReader(source));

    internal static CodeSettings OfPython(string source) => new(source, new PythonReader(source));

    internal SettingValue Constant(string name) => Find(_all.Where(a => a.IsConstant), [name]);

    /// <param name="path">A name, and keys behind slashes.</param>
    internal SettingValue Variable(string path)
    {
        string[] names = path.Split('/');
        CodeAssignment[] own = [.. _all.Where(a => !a.IsConstant && a.Path is [var name, ..] && name == names[0])];

        // What is set below an import, and not in a branch, is what counts; anything else may come from there.
        bool isSure = _imports.Length > 0 && own.Length > 0 && !own.Any(a => IsIndented(a.Value.Start));
        return _imports.FirstOrDefault(i => !isSure || own.Any(a => a.Value.Start < i), -1) is >= 0 and int import
            ? new(null, $"may be set by the import in line {Line(import)}, which only the application can evaluate")
            : Find(own, names);
    }

    /// <summary>A member of whatever array the file sets or returns.</summary>
    /// <param name="others">The arrays of the file that this one overrides: whatever it sets them to counts, also where that is no array to look at.</param>
    internal SettingValue Member(string path, IReadOnlySet<string>? others = null)
    {
        CodeAssignment[] all = [.. _all.Where(a => !a.IsConstant)];
        CodeAssignment[] arrays = [.. all.Where(a => IsArray(a) || others?.Contains(NameOf(a)) == true)];

        // Where nothing is known to be the array, any expression may be.
        IEnumerable<CodeAssignment> places = arrays.Length > 0 || others?.Count > 0 ? arrays : all.Where(a => a.Value.Expression is not null);
        return Find(places.Select(a => a with { Path = [.. a.Path.Skip(1)] }), path.Split('/'));
    }

    private static string NameOf(CodeAssignment set) => set.Path.Count > 0 ? set.Path[0] : string.Empty;

    private bool IsArray(CodeAssignment set) => set.Path.Count > 1 || set.Value.Members is not null
        || (set.Value.Expression is { } code
            && (s_arrays.Any(a => code.StartsWith(a, StringComparison.OrdinalIgnoreCase))
                || (set.Path.Count > 0 ? Arrays.Contains(set.Path[0]) : code == PhpReader.Unsure || code.StartsWith("array_", StringComparison.OrdinalIgnoreCase))));

    /// <summary>
    /// One value, wherever it is set. A file may set it in the branches of an <c>if</c>; which of them counts is not known without running
    /// it, so two different values are none.
    /// </summary>
    private SettingValue Find(IEnumerable<CodeAssignment> places, string[] path)
    {
        List<CodeValue> found = [];
        var added = new List<string>();
        foreach (CodeAssignment place in places)
        {
            if (place.Path.Count > path.Length && place.Path.Take(path.Length).SequenceEqual(path))
            {
                added.Add(place.Path[path.Length]);
            }
            else if (place.Path.SequenceEqual(path.Take(place.Path.Count)) && Descend(place.Value, path.AsSpan(place.Path.Count)) is { } value)
            {
                found.Add(value);
            }
        }

        if (found.Count == 0)
        {
            return added.Count > 0 ? new(string.Join(',', added.Distinct())) : SettingValue.Missing;
        }

        CodeValue first = found[0];
        string? text = Text(first);
        if (found.FirstOrDefault(f => Text(f) != text) is { } other)
        {
            return new(null, $"is set in line {Line(first)} and to something else in line {Line(other)}, and only the application knows which counts");
        }

        if (first.Expression is { } code)
        {
            return new(null, $"is {Describe(code)} in line {Line(first)}, which only the application can evaluate");
        }

        return new(text is { } keys && first.Members is not null && added.Count > 0 ? string.Join(',', keys.Split(',').Union(added)) : text);
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

    /// <summary>Of members, their keys: so a recipe can see that there is more than it knows of. Of an expression, nothing.</summary>
    private static string? Text(CodeValue value) =>
        value.Expression is null ? value.Text ?? string.Join(',', value.Members!.Select(m => m.Key)) : null;

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

    private int Line(CodeValue value) => Line(value.Start);

    private int Line(int at) => _source.AsSpan(0, at).Count('\n') + 1;

    private bool IsIndented(int at)
    {
        int line = _source.AsSpan(0, at).LastIndexOf('\n') + 1;
        return line < _source.Length && char.IsWhiteSpace(_source[line]);
    }
}

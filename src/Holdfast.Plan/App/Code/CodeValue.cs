namespace Holdfast.Plan;

/// <summary>What stands behind a setting in source code: a text, members, or something that only the application can evaluate.</summary>
/// <param name="Start">Where it begins in the source.</param>
internal sealed record CodeValue(int Start)
{
    /// <summary>A literal string, number or word such as <c>true</c>.</summary>
    internal string? Text { get; init; }

    /// <summary>Those of an array or dictionary; in a list the keys are numbers from 0.</summary>
    internal IReadOnlyList<KeyValuePair<string, CodeValue>>? Members { get; init; }

    /// <summary>The source of what is neither.</summary>
    internal string? Expression { get; init; }
}

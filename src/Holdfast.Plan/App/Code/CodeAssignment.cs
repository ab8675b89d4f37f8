namespace Holdfast.Plan;

/// <summary>One place where source code sets something.</summary>
/// <param name="Path">The name, and the keys behind it: <c>$CONFIG['dbname'] = …</c> is CONFIG, dbname. Empty for what a file returns.</param>
/// <param name="IsConstant">Whether it is a constant, so that the first of several would count.</param>
internal sealed record CodeAssignment(IReadOnlyList<string> Path, CodeValue Value, bool IsConstant = false);

namespace Holdfast.Source.Tests;

/// <summary>The end of a restore at a statement, which nothing of the program expects.</summary>
internal sealed class KilledException : Exception;

namespace Holdfast.Interop.Tests;

/// <summary>How a process ended, and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Text, string Errors)
{
    internal Outcome ShouldEnd(int exitCode)
    {
        ExitCode.ShouldBe(exitCode, $"{Text}\n{Errors}");
        (Text + Errors).ShouldNotContain("Unhandled exception");
        return this;
    }

    /// <summary>Ended with this code, and with one sentence that says why.</summary>
    internal Outcome ShouldFail(int exitCode, params string[] words)
    {
        ShouldEnd(exitCode);
        string[] sentences = [.. Errors.Split('\n').Where(l => l.StartsWith("holdfast: ", StringComparison.Ordinal))];
        sentences.ShouldHaveSingleItem(Errors);
        Array.ForEach(words, w => Errors.ShouldContain(w));
        return this;
    }

    /// <summary>A number of the last JSON document on standard output.</summary>
    internal long Number(string member)
    {
        string last = Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return System.Text.Json.JsonDocument.Parse(last).RootElement.GetProperty(member).GetInt64();
    }
}

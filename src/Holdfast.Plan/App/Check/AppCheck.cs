using System.Runtime.CompilerServices;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Plan;

/// <summary>Looks whether an installation works, as its recipe says. One check that fails does not keep the others from running.</summary>
public sealed class AppCheck(Installation installation)
{
    private readonly AppQueries _queries = new(installation);

    /// <summary>What is being tried; for another thread to show.</summary>
    public string Current { get; private set; } = string.Empty;

    /// <summary>The checks as they are done: files, then queries, then commands, which may need both.</summary>
    public async IAsyncEnumerable<AppCheckResult> RunAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        RecipeChecks checks = installation.Recipe.Checks;
        if (checks.IsEmpty)
        {
            yield return new("recipe", installation.Recipe.Name, "it has no checks, so nothing is known of the application");
        }

        foreach (Template file in checks.Files)
        {
            yield return await RunAsync("file", file.Source, () => installation.FillPath(file), FindFileAsync).ConfigureAwait(false);
        }

        foreach (Template query in checks.Queries)
        {
            yield return await RunAsync("query", query.Source, () => installation.FillQuery(query), q => _queries.RunAsync(q, cancellation)).ConfigureAwait(false);
        }

        foreach (RecipeCommand command in checks.Commands)
        {
            string name = string.Join(' ', command.Run.Select(r => r.Source));
            yield return await RunAsync(
                "command", name, () => installation.Line(command),
                _ => AppCommandRun.RunAsync(installation.Config, installation.Fill(command), cancellation)).ConfigureAwait(false);
        }
    }

    /// <param name="name">What it is called until settings are filled in.</param>
    /// <param name="fill">Fails where a setting is missing, which is a check that failed.</param>
    private async Task<AppCheckResult> RunAsync(string kind, string name, Func<string> fill, Func<string, Task> run)
    {
        try
        {
            Current = name;
            Current = name = fill();
            await run(name).ConfigureAwait(false);
            return new(kind, name, null);
        }
        catch (BackupException e)
        {
            return new(kind, name, e.Message);
        }
    }

    /// <summary>A link that leads nowhere is no file, and neither is one that leads to itself.</summary>
    private static Task FindFileAsync(string path)
    {
        string real = RealPath.Of(path);
        string? trouble = TargetPath.FindTrouble(real)
            ?? (new FileInfo(real).LinkTarget is null ? null : $"this link leads to itself, or through more than {RealPath.MostLinks} others");
        return trouble is null ? Task.CompletedTask : throw new BackupException(BackupErrorKind.Source, trouble);
    }
}

using System.Diagnostics;

namespace Holdfast.Plan.Tests.App;

/// <summary>What tests of plans with applications have in common: two sites, a recipe for them, and what its commands wrote down.</summary>
public abstract class AppRunCase
{
    private protected const string Recipe = """
        name: noted
        find: [ { file: noted.ini } ]
        settings:
          data: { ini: data }
          log: { ini: log }
        pause:
          before:
            - { run: [sh, -c, 'echo "before $0" >> "$1"', one, '${log}'] }
            - { run: [sh, -c, 'echo "before $0" >> "$1"; test ! -e "$2/fail-before"', two, '${log}', '${root}'] }
          after:
            - { run: [sh, -c, 'echo "after $0" >> "$1"; test ! -e "$2/fail-after"', one, '${log}', '${root}'] }
            - { run: [sh, -c, 'echo "after $0" >> "$1"', two, '${log}'] }
        sources:
          - files: { paths: ['${root}', '${data}'], exclude: 'cache/*' }
        """;

    private protected static async Task<PlanBench> CreateAsync()
    {
        PlanBench bench = await PlanBench.CreateAsync();
        Sites.Write(bench.Folder, "apps.d/noted.yaml", Recipe);
        Sites.Write(bench.Folder, "other/file", "x");
        foreach ((string site, string data) in new[] { ("site", "data"), ("second", "data2") })
        {
            Sites.Write(bench.Folder, $"{site}/noted.ini", $"data = ../{data}\nlog = {bench.Folder}/log\n");
            Sites.Write(bench.Folder, $"{site}/cache/file", "x");
            Sites.Write(bench.Folder, $"{data}/file", "x");
        }

        return bench;
    }

    /// <summary>An application whose command says, as the owner, who it is.</summary>
    private protected static async Task OwnedAsync(PlanBench bench, string shell, string command = "id -un > \"$0\"")
    {
        Sites.Write(bench.Folder, "apps.d/owned.yaml", $$"""
            name: owned
            find: [ { file: owned.ini } ]
            pause:
              before: [ { run: [sh, -c, '{{command}}', '${root}/before'], as: owner } ]
              after: [ { run: [sh, -c, 'id -un > "$0"', '${root}/after'] } ]
            sources: [ files: '${root}' ]
            """);
        Sites.Write(bench.Folder, "owned/owned.ini", "");
        Sites.Write(bench.Folder, "owned/sub/owned.ini", "");
        await ShAsync(bench, shell);
    }

    private protected static async Task ShAsync(PlanBench bench, string commands)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-ec", commands]) { WorkingDirectory = bench.Folder })!;
        await shell.WaitForExitAsync(PlanBench.Cancellation);
        shell.ExitCode.ShouldBe(0, commands);
    }

    private protected static string[] Log(PlanBench bench) => File.ReadAllLines(bench.Folder + "/log");
}

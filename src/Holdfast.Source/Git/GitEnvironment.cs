namespace Holdfast.Source;

/// <summary>What git runs with in a repository of somebody else, whose configuration must not make it do anything.</summary>
internal static class GitEnvironment
{
    /// <summary>No configuration but the repository's, no network: a missing object must not be fetched by a command that its configuration names.</summary>
    internal static IReadOnlyDictionary<string, string> Safe() => new Dictionary<string, string>
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
        ["LC_ALL"] = "C",
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["GIT_WORK_TREE"] = "/", // there; the one of the configuration may not be, as of a submodule that was removed
        ["GIT_ALLOW_PROTOCOL"] = "none",
        ["GIT_NO_LAZY_FETCH"] = "1",
        ["GIT_NO_REPLACE_OBJECTS"] = "1",
        ["GIT_OPTIONAL_LOCKS"] = "0",
        ["GIT_TERMINAL_PROMPT"] = "0",
    };
}

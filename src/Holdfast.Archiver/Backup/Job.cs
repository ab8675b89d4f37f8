namespace Holdfast.Archiver;

/// <summary>A piece of work for one worker.</summary>
internal abstract class Job
{
    internal abstract ValueTask RunAsync(Worker worker);

    /// <summary>Lets go of what the job holds, where it is not going to run.</summary>
    internal virtual void Abandon()
    {
    }
}

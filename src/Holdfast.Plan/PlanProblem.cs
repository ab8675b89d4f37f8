using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Something in a plan that is not as it must be.</summary>
/// <param name="Message">What is wrong, and what is allowed there.</param>
public sealed record PlanProblem(string File, Place Place, string Message)
{
    /// <summary>As compilers say it, so that editors find the place.</summary>
    public override string ToString() => Place == default ? $"{File}: {Message}" : $"{File}:{Place.Line}:{Place.Column}: {Message}";
}

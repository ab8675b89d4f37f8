using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>A piece of a YAML text, and where it stands.</summary>
internal abstract record YamlNode(Place Place)
{
    /// <summary>What a message calls it.</summary>
    internal abstract string What { get; }
}

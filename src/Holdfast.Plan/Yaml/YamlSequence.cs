using Holdfast.Protocol;

namespace Holdfast.Plan;

internal sealed record YamlSequence(Place Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place)
{
    internal override string What => "a list";
}

using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <param name="Members">In the order of the text; a key may be there twice.</param>
internal sealed record YamlMapping(Place Place, IReadOnlyList<KeyValuePair<YamlScalar, YamlNode>> Members) : YamlNode(Place)
{
    internal override string What => "a mapping";
}

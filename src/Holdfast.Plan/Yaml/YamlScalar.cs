using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <param name="IsPlain">Whether it stands without quotes, so that it may mean a number or nothing.</param>
internal sealed record YamlScalar(Place Place, string Text, bool IsPlain) : YamlNode(Place)
{
    internal bool IsMissing => IsPlain && Text is "" or "~" or "null";

    internal override string What => IsMissing ? "nothing" : $"'{Text}'";
}

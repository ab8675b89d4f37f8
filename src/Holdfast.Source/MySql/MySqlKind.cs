namespace Holdfast.Source;

/// <summary>The kinds of objects that a server has.</summary>
internal enum MySqlKind
{
    Database,
    Table,
    Sequence,
    View,
    Trigger,
    Function,
    Procedure,
    Package,
    PackageBody,
    Event,
    User,
    Role,
}

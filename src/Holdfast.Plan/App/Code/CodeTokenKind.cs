namespace Holdfast.Plan;

internal enum CodeTokenKind
{
    /// <summary>A string whose content stands in the source.</summary>
    Text,

    /// <summary>A string with something in it that only its language can fill in.</summary>
    Opaque,

    /// <summary>A name, a keyword or a number.</summary>
    Word,

    /// <summary>A variable of PHP, without its dollar sign.</summary>
    Variable,

    /// <summary>Anything else; in Python also the end of a line outside of brackets.</summary>
    Sign,
}

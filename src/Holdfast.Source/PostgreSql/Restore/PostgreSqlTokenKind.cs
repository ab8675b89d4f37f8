namespace Holdfast.Source;

/// <summary>What a part of a statement is.</summary>
internal enum PostgreSqlTokenKind
{
    /// <summary>A keyword, or a name without quotation marks.</summary>
    Word,

    /// <summary>A name in quotation marks.</summary>
    Quoted,

    /// <summary>A text, in whatever form.</summary>
    Text,

    /// <summary>A number, or one character of all else.</summary>
    Symbol,
}

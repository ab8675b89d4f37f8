namespace Holdfast.Source;

/// <summary>A view, routine, trigger or event as it was, with the statements that make it again.</summary>
internal sealed record MySqlNote(MySqlObject Object, byte[] Sql);

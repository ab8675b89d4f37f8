namespace Holdfast.Source;

/// <summary>A row of the table that says what a swap does.</summary>
internal readonly record struct MySqlNoteRow(string Kind, byte[] Name, byte[] Content);

using System.Text.Json.Serialization;

namespace Holdfast.Protocol;

/// <summary>One thing that a plan captures.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FilesEntry), "files")]
[JsonDerivedType(typeof(MySqlEntry), "mysql")]
[JsonDerivedType(typeof(PostgreSqlEntry), "postgresql")]
[JsonDerivedType(typeof(MongoDbEntry), "mongodb")]
[JsonDerivedType(typeof(SqliteEntry), "sqlite")]
[JsonDerivedType(typeof(GitEntry), "git")]
[JsonDerivedType(typeof(CommandEntry), "command")]
[JsonDerivedType(typeof(FifoEntry), "fifo")]
[JsonDerivedType(typeof(AppEntry), "app")]
public abstract record SourceEntry
{
    /// <summary>Where it begins in the file.</summary>
    [JsonIgnore]
    public Place Place { get; init; }
}

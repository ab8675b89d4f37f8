namespace Holdfast.DataSet;

internal enum ContentKind
{
    Prose,
    Source,
    Log,
    Table,
    Records,
    Noise,
}

internal static class ContentKinds
{
    public static IContent Open(this ContentKind kind, RepeatableRandom random) => kind switch
    {
        ContentKind.Prose => new TemplateText(random, Templates.Prose),
        ContentKind.Source => new TemplateText(random, Templates.Source),
        ContentKind.Log => new TemplateText(random, Templates.Log),
        ContentKind.Table => new TemplateText(random, Templates.Table),
        ContentKind.Records => new Records(random),
        ContentKind.Noise => new Noise(random),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static string Extension(this ContentKind kind) => kind switch
    {
        ContentKind.Prose => "txt",
        ContentKind.Source => "cs",
        ContentKind.Log => "log",
        ContentKind.Table => "sql",
        ContentKind.Records => "dat",
        ContentKind.Noise => "jpg",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

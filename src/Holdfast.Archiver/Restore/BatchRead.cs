namespace Holdfast.Archiver;

/// <summary>A read that a worker makes, and the batch that ends with the last of its reads.</summary>
internal readonly record struct BatchRead(RestoreBatch Batch, PackStretch Stretch);

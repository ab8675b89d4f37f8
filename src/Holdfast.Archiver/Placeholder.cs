namespace Holdfast.Archiver;

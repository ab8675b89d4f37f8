namespace Holdfast.Linux;

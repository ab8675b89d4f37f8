namespace Holdfast.Backend;

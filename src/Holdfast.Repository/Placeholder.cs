namespace Holdfast.Repository;

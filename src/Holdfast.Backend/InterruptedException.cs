namespace Holdfast.Backend;

/// <summary>The user ended an operation, and there is more to say than that. The message is one sentence fit for the user.</summary>
public sealed class InterruptedException(string message, Exception? cause) : OperationCanceledException(message, cause);

using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Mount;
using Holdfast.Cli.Terminal;
using Holdfast.Cli.View;
using Holdfast.Linux;

namespace Holdfast.Cli.Commands;

/// <summary>Shows the snapshots as a file system.</summary>
internal static class MountCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("mount", """
            Show the snapshots as folders, read-only, until Ctrl-C or fusermount3 -u; needs the package fuse3.

            Examples:
              holdfast mount /mnt
              holdfast mount /mnt --host web1 --time-template 2006-01-02_15-04-05
              ls /mnt/snapshots/latest/etc
            """);
        var folder = new Argument<string>("mountpoint") { Description = "an empty folder" };
        var ownerRoot = new Option<bool>("--owner-root") { Description = "show everything as owned by root" };
        var allowOther = new Option<bool>("--allow-other") { Description = "let other users of this machine look, too" };
        var noPermissions = new Option<bool>("--no-default-permissions")
        {
            Description = "with --allow-other: whatever the modes of the files say, everybody may read everything",
        };
        var templates = new Option<string[]>("--path-template")
        {
            Description = $"where snapshots lie: %i id, %I whole id, %h host, %u user, %t tag, %T time (may be repeated; default: {string.Join(' ', PathTemplate.Defaults)})",
            HelpName = "template", DefaultValueFactory = _ => PathTemplate.Defaults,
        };
        var timeTemplate = new Option<string>("--time-template")
        {
            Description = $"how %T is written, by example of 15:04:05 on 2 January 2006, such as 2006-01-02_15-04-05 (default: {TimeTemplate.Default})",
            HelpName = "template", DefaultValueFactory = _ => TimeTemplate.Default,
        };
        command.Arguments.Add(folder);
        foreach (Option option in (Option[])[ownerRoot, allowOther, noPermissions, templates, timeTemplate])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var time = new TimeTemplate(parsed.GetValue(timeTemplate)!);
            PathTemplate[] layout = [.. parsed.GetValue(templates)!.Select(t => new PathTemplate(t, time))];
            string mountPoint = MountPoint.Check(parsed.GetValue(folder)!);
            string options = MountOptions(parsed.GetValue(allowOther), parsed.GetValue(noPermissions));
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            await using RepositoryView view = await RepositoryView.OfAllAsync(
                held.Indexed, all => choice.Filter(parsed, all), layout, held.Cancellation);
            using FuseDevice device = await FuseDevice.MountAsync(mountPoint, options, held.Cancellation);
            Task session = new FuseSession(device, view, parsed.GetValue(ownerRoot), output.Warn).RunAsync();
            output.SayReady(
                $"mounted at {PathText.Printable(mountPoint)}, until Ctrl-C or fusermount3 -u {PathText.Printable(mountPoint)}",
                new("mounted", mountPoint, null));
            await EndAsync(device, session, output, held.Cancellation);
            return output.IsLockLost ? throw new OperationCanceledException(held.Cancellation) : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Waits until it is unmounted, by others or by us.</summary>
    private static async Task EndAsync(FuseDevice device, Task session, Output output, CancellationToken cancellation)
    {
        await Task.WhenAny(session, Task.Delay(Timeout.Infinite, cancellation));
        if (!session.IsCompleted)
        {
            string shown = PathText.Printable(device.MountPoint);
            if (await device.UnmountAsync(lazily: false, CancellationToken.None) is { } reason)
            {
                string? failure = await device.UnmountAsync(lazily: true, CancellationToken.None);
                output.Warn(failure is null
                    ? $"{shown} is in use ({reason}): unmounted all the same, and whoever has files open there can read no more of them"
                    : $"{shown} cannot be unmounted: {failure}");
            }

            device.Stop();
        }

        await session;
    }

    /// <remarks>With auto_unmount, the mount point is free even where this process is killed.</remarks>
    private static string MountOptions(bool allowOther, bool noPermissions) => string.Join(',', (string[])
    [
        "ro", "nosuid", "nodev", "fsname=holdfast", "subtype=holdfast", "auto_unmount",
        .. (string[])(allowOther ? ["allow_other"] : []), .. (string[])(noPermissions ? [] : ["default_permissions"]),
    ]);
}

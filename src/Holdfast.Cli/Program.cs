using System.CommandLine;
using Spectre.Console;
var root = new RootCommand("Backup");
root.SetAction(_ => { AnsiConsole.MarkupLine("[red]hi[/]"); var t = new Table(); t.AddColumn("a"); t.AddRow("b"); AnsiConsole.Write(t); });
return await root.Parse(args).InvokeAsync();

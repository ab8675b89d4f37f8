using Holdfast.Fixtures;

namespace Holdfast.Plan.Tests.App;

public sealed class RecipeTests : IDisposable
{
    private const string Least = "name: my\nfind: [ { file: a.conf } ]\nsources: [ files: '${root}' ]\n";

    private readonly TempFolder _folder = new();

    [Fact]
    public void The_recipes_of_the_program_are_good()
    {
        RecipeBook book = RecipeBook.Load(_folder["none"]);
        book.Problems.ShouldBeEmpty();
        book.Recipes.Select(r => r.Name).ShouldBe(["django-postgresql", "gitea", "mediawiki", "nextcloud", "trac", "wordpress"]);
        book.Recipes.ShouldAllBe(r => r.Description.Length > 0 && r.File == null && r.Checks.Files.Count > 0 && r.Text.Contains("name: " + r.Name));
    }

    [Fact]
    public void Every_key_is_read()
    {
        Recipe recipe = Read("""
            name: my-app
            description: My own
            find:
              - { file: 'etc/*.conf', needle: magic, beside: [bin, lib] }
            settings:
              a: { php-define: A }
              b: { regex: 'b=(.*)$', file: '${a}/b', default: '' }
              c: { json: x/y, default: '${root}/${b}', optional: true, secret: true }
            version: v${a}
            sources:
              - files: { paths: ['${root}', /srv], exclude: '*.tmp' }
              - when: { a: [x, y] }
                mysql: { address: '${a}', database: d }
              - url: '${c}'
            pause:
              before: [ { run: [touch, '$${x}'], timeout: 2m, as: owner } ]
              after: [ { run: rm } ]
            check: { files: x, queries: [SELECT 1], commands: [ { run: 'true' } ] }
            """);
        recipe.Find.Single().Beside.ShouldBe(["bin", "lib"]);
        (recipe.Settings["b"].Extractor, recipe.Settings["b"].Default!.Source, recipe.Settings["c"].IsOptional, recipe.Settings["c"].IsSecret).ShouldBe(("regex", "", true, true));
        recipe.Sources.Select(s => s.Kind).ShouldBe(["files", "mysql", "url"]);
        recipe.Sources[1].When["a"].ShouldBe(["x", "y"]);
        recipe.Before.Single().Run.Select(t => t.Fill(_ => "?")).ShouldBe(["touch", "${x}"]);
        (recipe.Before[0].Timeout, recipe.Before[0].AsOwner, recipe.After[0].Timeout, recipe.After[0].AsOwner).ShouldBe((TimeSpan.FromMinutes(2), true, TimeSpan.FromMinutes(1), false));
        (recipe.Checks.Files.Count, recipe.Checks.Queries.Count, recipe.Checks.Commands.Count).ShouldBe((1, 1, 1));
    }

    [Theory]
    [InlineData("", 1, 1, "a recipe is a mapping with name, find and sources")]
    [InlineData("name: My App\nfind: [ { file: a } ]\nsources: [ files: /a ]", 1, 7, "'My App' is no name of a recipe")]
    [InlineData("nam: x", 1, 1, "a recipe has no key 'nam'; did you mean name?")]
    [InlineData("name: x\nsources: [ files: /a ]", 1, 1, "a recipe needs find")]
    [InlineData("name: x\nfind: [ { file: a } ]", 1, 1, "a recipe needs sources")]
    [InlineData("name: x\nfind: a.conf\nsources: [ files: /a ]", 2, 7, "find is a list, each entry with a dash before it, and not 'a.conf'")]
    [InlineData("name: x\nfind: [ { file: /etc/a } ]\nsources: [ files: /a ]", 2, 17, "file is a path from the root of the application")]
    [InlineData("name: x\nfind: [ { file: a } ]\noverrides: /etc/*.php\nsources: [ files: /a ]", 3, 12, "overrides are paths from the root of the application")]
    [InlineData("name: x\nfind: [ { file: a } ]\noverrides: [ 'c*/a.php' ]\nsources: [ files: /a ]", 3, 12, "of which the last part may have * and ?")]
    [InlineData("name: x\nfind: [ { file: ../a } ]\nsources: [ files: /a ]", 2, 17, "file is a path from the root")]
    [InlineData(Least + "settings: { a: { php: X } }", 4, 18, "a setting has no key 'php'")]
    [InlineData(Least + "settings: { a: { } }", 4, 16, "setting a is read in one way: give one of php-define")]
    [InlineData(Least + "settings: { a: { ini: x, json: y } }", 4, 16, "setting a is read in one way")]
    [InlineData(Least + "settings: { root: { ini: x } }", 4, 13, "root is there already")]
    [InlineData(Least + "settings: { 'a b': { ini: x } }", 4, 13, "'a b' is no name of a setting")]
    [InlineData(Least + "settings: { a: { regex: 'x' } }", 4, 25, "has no group in parentheses")]
    [InlineData(Least + "settings: { a: { regex: '(' } }", 4, 25, "the expression '(' cannot be used")]
    [InlineData(Least + "settings: { a: { ini: x, optional: true } }", 4, 16, "a setting needs default, which counts where it cannot be read")]
    [InlineData(Least + "settings: { a: { ini: x, default: '${b}' }, b: { ini: y } }", 4, 35, "there is no setting 'b'")]
    [InlineData(Least + "version: ${verison}", 4, 10, "there is no setting 'verison': there are root, config")]
    [InlineData(Least + "settings: { p: { ini: p, secret: true } }\nversion: 'x ${p}'", 5, 10, "p is secret, and would be seen here")]
    [InlineData(Least + "settings: { p: { ini: p, secret: true } }\ncheck: { queries: ['SELECT ${p}'] }", 5, 20, "p is secret, and would be seen here")]
    [InlineData(Least + "settings: { p: { ini: p, secret: true }, q: { ini: q, default: '${p}' } }", 4, 64, "p is secret, and would be seen here")]
    [InlineData(Least + "settings: { p: { ini: p, secret: true } }\npause: { after: [ { run: [x, '${p}'] } ] }", 5, 30, "p is secret, and would be seen here")]
    [InlineData(Least + "version: '${a'", 4, 10, "has a ${ without its }")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - oracle: x", 4, 5, "there is no source 'oracle': it is one of files, mysql, postgresql, sqlite, git, url")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - mysql: { databse: x }", 4, 14, "mysql has no key 'databse'; did you mean database?")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - mysql: { user: x }", 4, 12, "mysql needs database")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - files: /a\n    mysql: { database: x }", 5, 5, "a source has one of files")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - files: '${rot}'", 4, 12, "there is no setting 'rot'; did you mean root?")]
    [InlineData("name: x\nfind: [ { file: a } ]\nsources:\n  - files: /a\n    when: { typ: x }", 5, 13, "when has no key 'typ'")]
    [InlineData(Least + "pause: { before: [ { run: x } ] }", 4, 8, "pause needs after, which undoes what before does")]
    [InlineData(Least + "pause: { after: [ { run: x } ], unless: { mode: on } }", 4, 43, "unless has no key 'mode'")]
    [InlineData(Least + "pause: { after: [ { run: x } ], unless: x }", 4, 41, "unless is a mapping of settings and the texts that they may have, and not 'x'")]
    [InlineData(Least + "pause: { after: [ x ] }", 4, 19, "a command is a mapping with run")]
    [InlineData(Least + "pause: { after: [ { timeout: 5s } ] }", 4, 19, "a command needs run")]
    [InlineData(Least + "pause: { after: [ { run: x, timeout: 5 } ] }", 4, 38, "timeout is a time such as 30s")]
    [InlineData(Least + "pause: { after: [ { run: x, as: root } ] }", 4, 33, "as is `owner`, that of the configuration, and not 'root'")]
    [InlineData(Least + "check: { file: x }", 4, 10, "check has no key 'file'; did you mean files?")]
    [InlineData("name: *x", 1, 7, "anchors and aliases have no place in this file")]
    public void What_is_wrong_is_said_with_its_place(string text, int line, int column, string message)
    {
        Directory.CreateDirectory(_folder["apps.d"]);
        File.WriteAllText(_folder["apps.d/x.yaml"], text);
        IReadOnlyList<PlanProblem> problems = RecipeBook.Load(_folder["apps.d"]).Problems;
        PlanProblem problem = problems.FirstOrDefault(p => p.Message.Contains(message)).ShouldNotBeNull(string.Join('\n', problems));
        (problem.File, problem.Place.Line, problem.Place.Column).ShouldBe((_folder["apps.d/x.yaml"], line, column), problem.ToString());
    }

    [Fact]
    public void An_own_recipe_replaces_the_one_of_the_program_and_others_are_added()
    {
        Directory.CreateDirectory(_folder["apps.d"]);
        File.WriteAllText(_folder["apps.d/wp.yaml"], Least.Replace("my", "wordpress"));
        File.WriteAllText(_folder["apps.d/my.yaml"], Least);
        File.WriteAllText(_folder["apps.d/notes.txt"], "no recipe");
        RecipeBook book = RecipeBook.Load(_folder["apps.d"]);
        book.Problems.ShouldBeEmpty();
        book.Find("wordpress")!.File.ShouldBe(_folder["apps.d/wp.yaml"]);
        book.Find("my").ShouldNotBeNull();
        book.Recipes.Count.ShouldBe(7);
    }

    [Fact]
    public void Two_of_one_name_and_one_that_others_can_change_are_refused()
    {
        Directory.CreateDirectory(_folder["apps.d"]);
        File.WriteAllText(_folder["apps.d/a.yaml"], Least);
        File.WriteAllText(_folder["apps.d/b.yaml"], Least);
        File.WriteAllText(_folder["apps.d/c.yaml"], Least.Replace("my", "third"));
        File.SetUnixFileMode(_folder["apps.d/c.yaml"], UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        IReadOnlyList<PlanProblem> problems = RecipeBook.Load(_folder["apps.d"]).Problems;
        problems.Select(p => p.Message).ShouldBe(
        [
            $"the recipe my is in {_folder["apps.d/a.yaml"]} as well: a name can be there once",
            $"{_folder["apps.d/c.yaml"]} can be changed by others, and its commands are run: chmod o-w {_folder["apps.d/c.yaml"]}",
        ]);
    }

    public void Dispose() => _folder.Dispose();

    private static Recipe Read(string text)
    {
        var problems = new PlanProblems("x");
        Recipe? recipe = RecipeBook.Read(text, null, problems);
        problems.All.ShouldBeEmpty();
        return recipe!;
    }
}

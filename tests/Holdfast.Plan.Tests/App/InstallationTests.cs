using System.Diagnostics;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Protocol;

namespace Holdfast.Plan.Tests.App;

public sealed class InstallationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Root => _folder["site"];

    [Theory]
    [InlineData("localhost", null, null, null)]
    [InlineData("localhost:/run/my.sock", "/run/my.sock", null, null)]
    [InlineData("127.0.0.1:3307", null, "127.0.0.1", 3307)]
    public void WordPress_names_its_database_in_constants(string host, string? socket, string? server, int? port)
    {
        Installation site = Open("wordpress", Sites.WordPress(Root, host, "'a\"b\\\\c#\\'d $x'"));
        AppParts parts = site.FindParts("blog");
        AppDatabase database = parts.Databases.Single();
        database.Entry.ShouldBe(new MySqlEntry { Name = "blog", Socket = socket, Host = server, Port = port, User = "wp", Databases = ((MySqlEntry)database.Entry).Databases });
        (((MySqlEntry)database.Entry).Databases.Single(), database.Password, site.Version).ShouldBe(("blog", "a\"b\\c#'d $x", "6.4.2"));
        parts.Paths.ShouldBe([Root]);
        parts.Excludes.ShouldBe([$"{Root}/wp-content/cache/*", $"{Root}/wp-content/upgrade/*"]);
        site.Commands.Check.ShouldContain("SELECT COUNT(*) FROM `wp7_posts`");
        database.ToString().ShouldNotContain("a\"b");
    }

    [Theory]
    [InlineData("getenv('DB_PASSWORD')", "getenv(…)")]
    [InlineData("$_SERVER['DB_PASSWORD']", "$_SERVER[…]")]
    [InlineData("getenv_docker('WORDPRESS_DB_PASSWORD', 'example password')", "getenv_docker(…)")]
    [InlineData("'half' . PEPPER", "an expression")]
    public void A_password_from_the_environment_is_refused_by_name_and_line(string password, string shown)
    {
        string problem = Open("wordpress", Sites.WordPress(Root, password: password)).Problem.ShouldNotBeNull();
        problem.ShouldBe($"wordpress {Root}: DB_PASSWORD in {Root}/wp-config.php is {shown} in line 9, which only the application can evaluate; write it there as a plain text, or name the files and databases in the plan instead of the application");
    }

    [Fact]
    public void What_is_not_set_at_all_is_said()
    {
        Sites.WordPress(Root);
        File.WriteAllText(Root + "/wp-config.php", "<?php // DB_NAME");
        Open("wordpress", Root).Problem.ShouldNotBeNull().ShouldContain($"DB_NAME is not set in {Root}/wp-config.php");
    }

    [Fact]
    public void MediaWiki_has_one_of_three_databases()
    {
        Installation mysql = Open("mediawiki", Sites.MediaWiki(_folder["a"]));
        (mysql.Databases.Single(), mysql.Version).ShouldBe((new("mysql", "wiki", "db.example.org:3307", "wikiuser"), "1.39.4"));
        mysql.FindParts("a").Databases[0].Password.ShouldBe("p$w");
        Open("mediawiki", Sites.MediaWiki(_folder["b"], "$wgDBtype = 'postgres';\n$wgDBserver = 'localhost';\n$wgDBport = 5433;")).Databases.Single()
            .ShouldBe(new("postgresql", "wiki", "localhost:5433", "wikiuser"));
        Open("mediawiki", Sites.MediaWiki(_folder["c"], "$wgDBtype = 'sqlite';\n$wgSQLiteDataDir = \"/var/data\";")).Paths.ShouldBe([_folder["c"], "/var/data/wiki.sqlite"]);
        Open("mediawiki", Sites.MediaWiki(_folder["d"], "$wgDBtype = 'mssql';")).Problem.ShouldNotBeNull().ShouldContain("wgDBtype is 'mssql', for which the recipe has no source");
    }

    [Fact]
    public void Trac_names_its_database_by_a_URL()
    {
        Installation sqlite = Open("trac", Sites.Trac(_folder["a"]));
        (sqlite.Databases.Single(), sqlite.Version).ShouldBe((new("sqlite", _folder["a"] + "/db/trac.db", null, null), "Trac Environment Version 1"));
        Installation postgres = Open("trac", Sites.Trac(_folder["b"], "postgres://trac:a%40b%3Ac@db.example.org:5433/trac?schema=x"));
        postgres.Databases.Single().ShouldBe(new("postgresql", "trac", "db.example.org:5433", "trac"));
        postgres.FindParts("b").Databases[0].Password.ShouldBe("a@b:c");
        Open("trac", Sites.Trac(_folder["c"], "postgres://trac@/var/run/postgresql/trac")).Databases.Single().ShouldBe(new("postgresql", "trac", "/var/run/postgresql", "trac"));
        Open("trac", Sites.Trac(_folder["d"], "mysql://trac:x@localhost:3306/trac")).Databases.Single().ShouldBe(new("mysql", "trac", "localhost", "trac"));
        Open("trac", Sites.Trac(_folder["g"], "postgres://trac@/trac?schema=x&host=/run/pg2")).Databases.Single().ShouldBe(new("postgresql", "trac", "/run/pg2", "trac"));
        Open("trac", Sites.Trac(_folder["h"], "postgres://trac@db/trac?host=/run/pg2")).Problem.ShouldNotBeNull().ShouldContain("the URL of the database says `host` behind its question mark");
        Open("trac", Sites.Trac(_folder["i"], "mysql://trac@db/trac?unix_socket=/run/other")).Problem.ShouldNotBeNull().ShouldContain("says `unix_socket` behind");
        Open("trac", Sites.Trac(_folder["e"], "oracle://x")).Problem.ShouldNotBeNull().ShouldContain("a URL of the kind 'oracle'");
        Open("trac", Sites.Trac(_folder["f"], more: "[inherit]\nfile = /etc/trac/trac.ini\n\n")).Problem.ShouldNotBeNull().ShouldContain("inherit/file is '/etc/trac/trac.ini', for which the recipe has no source");
    }

    [Theory]
    [InlineData("custom/conf/", "DB_TYPE = mysql\nHOST = 127.0.0.1:3306\nNAME = gitea\nUSER = gitea\nPASSWD = `a;b#c`", "mysql gitea 127.0.0.1:3306 gitea", "a;b#c")]
    [InlineData("", "DB_TYPE=postgres\nHOST=/var/run/postgresql\nNAME=forgejo\nUSER=git\nPASSWD=", "postgresql forgejo /var/run/postgresql git", null)]
    [InlineData("conf/", "DB_TYPE = sqlite3\nPATH = /var/lib/gitea/data/gitea.db", "sqlite /var/lib/gitea/data/gitea.db  ", null)]
    public void Gitea_has_its_repositories_where_its_settings_say(string folder, string settings, string expected, string? password)
    {
        Installation gitea = Open("gitea", Sites.Gitea(Root, folder, settings));
        AppDatabaseListing database = gitea.Databases.Single();
        $"{database.Kind} {database.Name} {database.Server} {database.User}".ShouldBe(expected);
        AppParts parts = gitea.FindParts("x");
        parts.Git.ShouldBe([Root + "/repositories"]);
        parts.Paths.ShouldBe([Root, Root + "/data"]);
        parts.Databases.Select(d => d.Password).ShouldBe(expected.StartsWith("sqlite") ? [] : [password]);
        parts.Excludes.ShouldContain(Root + "/data/indexers/*");
    }

    [Fact]
    public void A_default_that_cannot_be_filled_in_names_what_is_missing()
    {
        Sites.Write(Root, "app.ini", "[repository]\n[database]\nDB_TYPE = sqlite3\n");
        Open("gitea", Root).Problem.ShouldNotBeNull().ShouldContain($"is not set in {Root}/app.ini");
    }

    [Theory]
    [InlineData("  'dbtype' => 'mysql',\n  'dbname' => 'nextcloud',\n  'dbhost' => 'localhost:3306',\n  'dbport' => '',\n  'dbuser' => 'nc',\n  'dbpassword' => 'x\\'y',", "mysql nextcloud localhost nc")]
    [InlineData("  'dbtype' => 'mysql', 'dbname' => 'nextcloud', 'dbhost' => 'db', 'dbport' => '3307', 'dbuser' => 'nc', 'dbpassword' => 'x',", "mysql nextcloud db:3307 nc")]
    [InlineData("  'dbtype' => 'pgsql', 'dbname' => 'nextcloud', 'dbhost' => '/var/run/postgresql', 'dbuser' => 'nc',", "postgresql nextcloud /var/run/postgresql nc")]
    [InlineData("  'dbtype' => 'sqlite3',", "sqlite ROOT-data/owncloud.db  ")]
    public void Nextcloud_is_paused_and_has_its_data_elsewhere(string settings, string expected)
    {
        Installation cloud = Open("nextcloud", Sites.Nextcloud(Root, settings));
        AppDatabaseListing database = cloud.Databases.Single();
        $"{database.Kind} {database.Name} {database.Server} {database.User}".ShouldBe(expected.Replace("ROOT", Root));
        cloud.Version.ShouldBe("28.0.1.1");
        cloud.Paths.Take(2).ShouldBe([Root, Root + "-data"]);
        cloud.Commands.Before.ShouldBe([$"php {Root}/occ maintenance:mode --on (as the owner of the configuration)"]);
        cloud.Commands.After.ShouldBe([$"php {Root}/occ maintenance:mode --off (as the owner of the configuration)"]);
    }

    [Fact]
    public void Nextcloud_is_what_its_further_configurations_make_of_it()
    {
        Sites.Nextcloud(Root, "'dbtype' => 'mysql', 'dbname' => 'old', 'dbhost' => 'localhost', 'dbuser' => 'nc', 'dbpassword' => 'x',");
        Sites.Write(Root, "config/db.config.php", "<?php\n$CONFIG = ['dbname' => 'new', 'dbpassword' => 'y', 'datadirectory' => '/srv/cloud'];\n");
        Sites.Write(Root, "config/more.config.php", "<?php\n$CONFIG = array('dbname' => 'new');\n");
        Sites.Write(Root, "config/branch.config.php", "<?php if (getenv('X')) { $CONFIG = ['dbuser' => 'nc', 'redis' => []]; }\n");
        Sites.Write(Root, "config/.hidden.config.php", "<?php $CONFIG = ['dbname' => 'hidden'];\n");
        Sites.Write(Root, "config/apps.php", "<?php $CONFIG = ['dbname' => 'apps'];\n");
        Installation cloud = Open("nextcloud", Root);
        cloud.Databases.Single().ShouldBe(new("mysql", "new", "localhost", "nc"));
        cloud.FindParts("x").Databases[0].Password.ShouldBe("y");
        cloud.Paths.ShouldBe([Root, "/srv/cloud"]);
    }

    [Theory]
    [InlineData("$CONFIG = ['objectstore' => ['class' => 'S3']];", "objectstore is 'class', for which the recipe has no source")]
    [InlineData("if (getenv('S3')) { $CONFIG = ['objectstore' => ['class' => 'S3']]; }", "objectstore in ROOT/config/a.config.php is set in a branch, and only the application knows whether that counts")]
    [InlineData("if (getenv('H')) $CONFIG = ['dbhost' => 'db'];", "dbhost in ROOT/config/a.config.php is set in a branch, and only the application knows whether that counts")]
    [InlineData("$CONFIG = ['dbname' => getenv('DB')];", "dbname in ROOT/config/a.config.php is getenv(…) in line 1, which only the application can evaluate")]
    [InlineData("$CONFIG = ['dbtableprefix' => 'x_', 'dbuser' => 'a'];", "dbuser in ROOT/config/b.config.php is something else than in ROOT/config/a.config.php, and only the application knows which counts")]
    [InlineData("$CONFIG = ['dbuser' => 'nc'];", "dbuser in ROOT/config/b.config.php is something else than in ROOT/config/a.config.php, and only the application knows which counts")]
    [InlineData("$CONFIG = getenv('S3') ? ['objectstore' => ['class' => 'S3']] : [];", " in ROOT/config/a.config.php is getenv(…) in line 1, which only the application can evaluate")]
    [InlineData("$x = []; $CONFIG = require '/etc/nc/os.php';", " in ROOT/config/a.config.php is require … in line 1, which only the application can evaluate")]
    [InlineData("$x = []; $CONFIG += ['objectstore' => ['class' => 'S3']];", " in ROOT/config/a.config.php is an expression in line 1")]
    [InlineData("@include '/etc/nc/os.php';", " in ROOT/config/a.config.php may be set by the file that line 1 includes, which only the application can evaluate")]
    [InlineData("$CONFIG['objectstore']['class'] = 'S3';", "objectstore is 'class', for which the recipe has no source")]
    [InlineData("getenv('D') && $CONFIG = ['objectstore' => ['class' => 'S3']];", "objectstore in ROOT/config/a.config.php is set in a branch, and only the application knows whether that counts")]
    public void A_further_configuration_of_Nextcloud_that_only_Nextcloud_can_follow_is_refused(string code, string problem)
    {
        Sites.Nextcloud(Root, "'dbtype' => 'mysql', 'dbname' => 'cloud', 'dbhost' => 'localhost', 'dbuser' => 'nc', 'dbpassword' => 'x',");
        Sites.Write(Root, "config/a.config.php", "<?php " + code);
        Sites.Write(Root, "config/b.config.php", "<?php $CONFIG = [" + (code.Contains("dbuser") ? "'dbuser' => 'b'" : "") + "];");
        Open("nextcloud", Root).Problem.ShouldNotBeNull().ShouldContain(problem.Replace("ROOT", Root));
    }

    [Theory]
    [InlineData("$where = getenv('X'); $CONFIG['trusted_domains'][] = $where;")]
    [InlineData("$secrets = require '/etc/nc/redis.php'; $CONFIG = ['redis' => ['password' => $secrets['redis'], 'host' => getenv('R') ?: 'redis'], 'dbhost' => 'db'];")]
    [InlineData("$CONFIG = ['dbhost' => 'db']; if (getenv('PROXY')) { $CONFIG['overwritehost'] = getenv('PROXY'); $CONFIG['dbhost'] = 'db'; }")]
    [InlineData("$path = getenv('NC_PATH');")]
    public void A_further_configuration_of_Nextcloud_may_leave_to_Nextcloud_what_a_backup_does_not_need(string code)
    {
        Sites.Nextcloud(Root, "'dbtype' => 'mysql', 'dbname' => 'cloud', 'dbhost' => 'db', 'dbuser' => 'nc', 'dbpassword' => 'x',");
        Sites.Write(Root, "config/a.config.php", "<?php " + code);
        Open("nextcloud", Root).Databases.Single().ShouldBe(new("mysql", "cloud", "db", "nc"));
    }

    [Theory]
    [InlineData("conf?.ini", "/srv/own")]
    [InlineData("*.*", "/srv/own")]
    [InlineData("conf*", "/srv/further")]
    [InlineData("????.ini", "/srv/further")]
    [InlineData("extra", "/srv/extra")]
    public void Overrides_are_the_files_that_match_sign_for_sign(string pattern, string path)
    {
        Sites.Write(Root, "own.txt", "where = /srv/own\n");
        Sites.Write(Root, "conf.ini", pattern == "*.*" ? "" : "where = /srv/further\n");
        Sites.Write(Root, "extra", "where = /srv/extra\n");
        var problems = new PlanProblems("own.yaml");
        string text = $"name: own\nfind: [ {{ file: own.txt }} ]\nsettings: {{ where: {{ ini: where }} }}\noverrides: '{pattern}'\nsources: [ files: '${{where}}' ]\n";
        Recipe recipe = RecipeBook.Read(text, null, problems).ShouldNotBeNull(string.Join('\n', problems.All));
        Installation.Open(recipe, Root, null).Paths[0].ShouldBe(path);
    }

    [Fact]
    public void A_further_configuration_that_is_a_link_is_captured_where_it_lies()
    {
        Sites.Nextcloud(Root, "'dbtype' => 'sqlite3',");
        Sites.Write(_folder.Path, "secrets.php", "<?php $CONFIG = ['dbname' => 'elsewhere'];");
        File.CreateSymbolicLink(Root + "/config/z.config.php", _folder["secrets.php"]);
        Installation cloud = Open("nextcloud", Root);
        (cloud.Databases.Single().Name, cloud.Paths.Contains(_folder["secrets.php"])).ShouldBe((Root + "-data/elsewhere.db", true));
    }

    [Fact]
    public void What_lies_elsewhere_by_the_settings_comes_along()
    {
        Sites.WordPress(_folder["a"]);
        File.AppendAllText(_folder["a/wp-config.php"], "\ndefine('WP_CONTENT_DIR', '/srv/content'); define('UPLOADS', 'media'); define('WP_PLUGIN_DIR', __DIR__ . '/p');");
        Installation blog = Open("wordpress", _folder["a"]);
        blog.Paths.ShouldBe([_folder["a"], "/srv/content", _folder["a"] + "/media"]);
        blog.Notes.ShouldContain(n => n.StartsWith("WP_PLUGIN_DIR is __DIR__ …"));
        Open("mediawiki", Sites.MediaWiki(_folder["b"], "$wgDBtype = 'mysql';\n$wgUploadDirectory = '/srv/images';")).Paths.ShouldBe([_folder["b"], "/srv/images"]);
        Installation gitea = Open("gitea", Sites.Gitea(_folder["c"], "conf/", "DB_TYPE = sqlite3\n[attachment]\nPATH = /srv/files\n[picture]\nAVATAR_UPLOAD_PATH = /srv/faces"));
        gitea.Paths.ShouldContain("/srv/files");
        gitea.Paths.ShouldContain("/srv/faces");
        Open("nextcloud", Sites.Nextcloud(_folder["e"], "'dbtype' => 'sqlite3', 'objectstore' => ['class' => 'S3', 'arguments' => ['bucket' => 'x']],")).Problem.ShouldNotBeNull()
            .ShouldContain("objectstore is 'class,arguments', for which the recipe has no source");
        File.AppendAllText(Sites.Nextcloud(_folder["f"], "'dbtype' => 'sqlite3',") + "/config/config.php", "\n$CONFIG['objectstore']['class'] = 'S3';\n");
        Open("nextcloud", _folder["f"]).Problem.ShouldNotBeNull().ShouldContain("objectstore is 'class', for which the recipe has no source");
    }

    [Theory]
    [InlineData("[storage]\nSTORAGE_TYPE = minio", "minio")]
    [InlineData("[storage.lfs]\n  storage_type=`minio` ; why", "minio")]
    [InlineData("[storage.packages]\nSTORAGE_TYPE : azureblob", "azureblob")]
    [InlineData("[attachment]\nSTORAGE_TYPE = local\n[lfs]\nSTORAGE_TYPE = elsewhere\n[storage.elsewhere]\nSTORAGE_TYPE = minio", "elsewhere")]
    [InlineData("[picture]\nAVATAR_STORAGE_TYPE = localized", "localized")]
    [InlineData("[storage]\nSTORAGE_TYPE = local\n[storage.lfs]\nSTORAGE_TYPE = \"LOCAL\"", null)]
    [InlineData("; STORAGE_TYPE = minio\n[storage]\n#STORAGE_TYPE = minio\nSTORAGE_TYPE =\n[storage.lfs]\nSTORAGE_TYPE = ; none", null)]
    public void Gitea_with_files_in_an_object_store_is_refused_whichever_section_says_so(string settings, string? type)
    {
        string? problem = Open("gitea", Sites.Gitea(Root, "conf/", $"DB_TYPE = sqlite3\n{settings}")).Problem;
        if (type is null)
        {
            problem.ShouldBeNull();
        }
        else
        {
            problem.ShouldNotBeNull().ShouldContain($": storage_type is '{type}', for which the recipe has no source");
        }
    }

    [Fact]
    public void Gitea_has_files_wherever_a_section_of_its_storage_says() =>
        Open("gitea", Sites.Gitea(Root, "conf/", "DB_TYPE = sqlite3\n[storage.lfs]\nPATH = /mnt/lfs\n[storage.actions_log]\nPATH = logs\n[storage.repo-avatars]\nPATH = /mnt/faces"))
            .Paths.ShouldBe([Root, Root + "/data", "/mnt/lfs", "/mnt/faces", Root + "/logs", Root + "/repositories", Root + "/data/gitea.db"]);

    [Fact]
    public void Django_is_read_as_Python_writes_it()
    {
        Installation site = Open("django-postgresql", Sites.Django(Root, "db.example.org", "\"it's\" 'x'"));
        site.Databases.Single().ShouldBe(new("postgresql", "crm", "db.example.org", "site"));
        site.FindParts("x").Databases[0].Password.ShouldBe("it'sx");
        site.Paths.ShouldBe([Root]);
        site.Notes.ShouldContain($"MEDIA_ROOT is BASE_DIR … in line 14, which only the application can evaluate: what it names outside of {Root} belongs into the plan's files");
    }

    [Fact]
    public void A_second_database_of_Django_is_not_left_out_in_silence()
    {
        Open("django-postgresql", Sites.Django(Root, more: "DATABASES['replica'] = {}")).Problem.ShouldNotBeNull().ShouldContain("DATABASES is 'default,replica', for which the recipe has no source");
        Open("django-postgresql", Sites.Django(_folder["b"], password: "os.environ['PW']")).Problem.ShouldNotBeNull()
            .ShouldContain("/b/site/settings.py is os.environ[…] in line 9, which only the application can evaluate");
    }

    [Fact]
    public void Where_there_are_several_configurations_one_has_to_be_named()
    {
        Sites.Django(Root);
        Directory.CreateDirectory(Root + "/other");
        File.Copy(Root + "/site/settings.py", Root + "/other/settings.py");
        Should.Throw<BackupException>(() => Open("django-postgresql", Root)).Message.ShouldEndWith("has several configurations: say which by `config`: other/settings.py, site/settings.py");
        Installation.Open(RecipeBook.Load("/none").Find("django-postgresql")!, Root, "other/settings.py").Config.ShouldBe(Root + "/other/settings.py");
    }

    [Fact]
    public void Where_there_is_none_it_is_said() =>
        Should.Throw<BackupException>(() => Open("trac", _folder.Path)).Message.ShouldBe($"{_folder.Path} has no trac: conf/trac.ini is not there, or not what it is to be");

    [Fact]
    public void A_configuration_that_others_can_read_is_noted_and_not_refused()
    {
        Sites.WordPress(Root);
        File.SetUnixFileMode(Root + "/wp-config.php", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Installation open = Open("wordpress", Root);
        (open.Problem, open.Notes.Single()).ShouldBe((null, $"{Root}/wp-config.php holds a password, and every user of this machine may read it"));
        File.SetUnixFileMode(Root + "/wp-config.php", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Open("wordpress", Root).Notes.ShouldBeEmpty();
    }

    [Fact]
    public void A_configuration_that_is_a_link_is_captured_where_it_lies()
    {
        Sites.WordPress(Root);
        File.Move(Root + "/wp-config.php", _folder["real.php"]);
        File.CreateSymbolicLink(Root + "/wp-config.php", "../real.php");
        Installation site = Open("wordpress", Root);
        (site.Databases.Single().Name, site.Paths[^1]).ShouldBe(("blog", _folder["real.php"]));
    }

    [Fact]
    public void A_FIFO_that_is_called_like_a_configuration_holds_nobody_up()
    {
        using (Process made = Process.Start("mkfifo", _folder["wp-config.php"]))
        {
            made.WaitForExit();
        }

        new AppDetector(RecipeBook.Load("/none").Recipes).Find([_folder.Path], PlanBench.Cancellation).ShouldBeEmpty();
        Installation.Open(RecipeBook.Load("/none").Find("wordpress")!, _folder.Path, "wp-config.php").Problem.ShouldNotBeNull().ShouldContain("it is no regular file");
    }

    [Fact]
    public void A_secret_is_in_no_message()
    {
        foreach (string url in (string[])["oracle://u:hidden@h/d", "hidden", "postgres://u:hidden/x", "mysql://u@h:hidden/d"])
        {
            Open("trac", Sites.Trac(Root, url)).Problem.ShouldNotBeNull().ShouldNotContain("hidden");
        }
    }

    [Fact]
    public void A_root_with_signs_of_patterns_is_no_pattern()
    {
        string root = _folder["a [1]*"];
        Open("wordpress", Sites.WordPress(root)).Excludes[0].ShouldBe($"{_folder.Path}/a \\[1]\\*/wp-content/cache/*");
    }

    [Fact]
    public void All_are_found_by_their_configuration_and_nothing_else_is()
    {
        Sites.WordPress(_folder["www/blog"]);
        Sites.MediaWiki(_folder["www/wiki"]);
        Sites.Trac(_folder["srv/trac/env"]);
        Sites.Gitea(_folder["srv/gitea"], "custom/conf/", "DB_TYPE = sqlite3");
        Sites.Nextcloud(_folder["www/cloud"], "'dbtype' => 'sqlite3',");
        Sites.Django(_folder["srv/django"]);
        Sites.WordPress(_folder["deep/1/2/3/4/5/6/7"]);
        Sites.WordPress(_folder["node_modules/x"]);
        Sites.Write(_folder["no"], "wp-config.php", "<?php // something else");
        Sites.Write(_folder["no2"], "app.ini", "[other]");
        Directory.CreateSymbolicLink(_folder["www/link"], _folder["www/blog"]);
        var detector = new AppDetector(RecipeBook.Load("/none").Recipes);
        detector.Find([_folder.Path, _folder["www"], _folder["missing"]], PlanBench.Cancellation).Select(i => $"{i.Recipe.Name} {i.Root[(_folder.Path.Length + 1)..]}").ShouldBe(
            ["django-postgresql srv/django", "gitea srv/gitea", "trac srv/trac/env", "wordpress www/blog", "nextcloud www/cloud", "mediawiki www/wiki"], ignoreOrder: true);
        new AppDetector(RecipeBook.Load("/none").Recipes) { Depth = 1 }.Find([_folder["www"]], PlanBench.Cancellation).Count.ShouldBe(2);
    }

    public void Dispose() => _folder.Dispose();

    private static Installation Open(string recipe, string root) => Installation.Open(RecipeBook.Load("/none").Find(recipe)!, root, null);
}

namespace Holdfast.Plan.Tests.App;

public sealed class CodeSettingsTests
{
    [Theory]
    [InlineData("<?php define('DB_NAME', 'blog');", "blog")]
    [InlineData("<?php define( \"DB_NAME\" , \"bl\\\"og\\x41\\101\\$x\\u{e9}\\q\" ) ;", "bl\"ogAA$xé\\q")]
    [InlineData("<?php DEFINE('DB_NAME', 'it\\'s \\\\ \\n');", "it's \\ \\n")]
    [InlineData("<?php\r\n// define('DB_NAME', 'no');\r\n# define('DB_NAME', 'no');\r\n/* define('DB_NAME', 'no'); */ define('DB_NAME', 'yes');\r\n", "yes")]
    [InlineData("<?php // ?> define('DB_NAME', 'text'); <?php define('DB_NAME', 'code');", "code")]
    [InlineData("define('DB_NAME', 'outside');<?php const DB_NAME = 'const'; ?> define('DB_NAME', 'outside')", "const")]
    [InlineData("<?php if (!defined('DB_NAME')) { \\define('DB_NAME', 'a' . \"b\" . 'c'); }", "abc")]
    [InlineData("<?php $x = <<<'EOT'\n  define('DB_NAME', 'no');\n  EOT;\ndefine('DB_NAME', 'yes');", "yes")]
    [InlineData("<?php #[Attribute]\ndefine('DB_NAME', 3306, true);", "3306")]
    [InlineData("<?php define('DB_NAME', null);", "")]
    [InlineData("<?php define('DB_NAME', 'same'); define('DB_NAME', 'same');", "same")]
    [InlineData("<?php define('OTHER', 'x'); $DB_NAME = 'x'; define(DB_NAME, 'x');", null)]
    [InlineData("", null)]
    public void A_constant_of_PHP_is_read(string source, string? expected) => CodeSettings.OfPhp(source).Constant("DB_NAME").ShouldBe(new SettingValue(expected));

    [Theory]
    [InlineData("<?php\ndefine('P', getenv('P'));", "is getenv(…) in line 2, which only the application can evaluate")]
    [InlineData("<?php\n\ndefine('P', getenv_docker('P',\n  'example'));", "is getenv_docker(…) in line 3")]
    [InlineData("<?php define('P', $_ENV['P'] ?? 'x');", "is $_ENV[…] in line 1")]
    [InlineData("<?php define('P', \"a$b\");", "is an expression in line 1")]
    [InlineData("<?php define('P', \"a{$b['c']}\");", "in line 1, which only")]
    [InlineData("<?php define('P', 'a' . getenv('P'));", "is an expression in line 1")]
    [InlineData("<?php define('P', trim(file_get_contents('/run/secrets/p')));", "is trim(…) in line 1")]
    [InlineData("<?php define('P', \"a\\xC3\\xA9\");", "is an expression in line 1")]
    [InlineData("<?php\nif (file_exists('l.php')) { require_once('l.php'); } else {\n define('P', 'a'); }", "is else … in line 3, which only the application")]
    [InlineData("<?php if (A) {\n define('P', 'a'); } elseif (B) { include 'x.php'; }", "is else … in line 2, which only the application")]
    [InlineData("<?php define('P', OTHER);", "is OTHER in line 1")]
    [InlineData("<?php define('P', -5);", "is an expression in line 1")]
    [InlineData("<?php if (A) {\n define('P', 'a');\n} else {\n define('P', 'b');\n}", "is set in line 2 and to something else in line 4, and only the application knows which counts")]
    public void What_only_PHP_can_evaluate_is_named_with_its_line(string source, string trouble)
    {
        SettingValue value = CodeSettings.OfPhp(source).Constant("P");
        value.Text.ShouldBeNull();
        value.Trouble.ShouldNotBeNull().ShouldContain(trouble);
    }

    [Theory]
    [InlineData("wgDBname", "wiki")]
    [InlineData("wgExtra/one", "1")]
    [InlineData("wgExtra/two", "second")]
    [InlineData("wgExtra", "one,list,two")]
    [InlineData("wgExtra/list/1", "b")]
    [InlineData("wgMissing", null)]
    [InlineData("wgObject", null)]
    public void A_variable_of_PHP_is_read(string path, string? expected) => CodeSettings.OfPhp("""
        <?php
        # $wgDBname = 'old';
        $wgDBname = "wiki";
        if ($wgDBname == 'x') { echo "$wgDBname = 'y';"; }
        $wgExtra = array( 'one' => 1, 'list' => [ 'a', "b", ], );
        $wgExtra['two'] = 'second';
        $this->wgObject = 'x'; Thing::$wgObject = 'x';
        """).Variable(path).ShouldBe(new SettingValue(expected));

    [Theory]
    [InlineData("<?php\n$CONFIG = array (\n  'dbname' => 'cloud', // 'dbname' => 'old',\n);", "cloud")]
    [InlineData("<?php return ['dbname' => 'cloud'];", "cloud")]
    [InlineData("<?php $CONFIG = []; $CONFIG['dbname'] = 'cloud';", "cloud")]
    [InlineData("<?php $CONFIG = ['redis' => ['dbname' => 'no'], 'dbname' => 'a', 'dbname' => 'cloud'];", "cloud")]
    [InlineData("<?php $a = ['x' => 'dbname'];", null)]
    [InlineData("<?php $CONFIG = ['dbname' => 'cloud', 'trusted' => []]; $CONFIG['trusted'][] = $host; $other = array_sum([1]);", "cloud")]
    public void A_member_of_an_array_of_PHP_is_read(string source, string? expected) => CodeSettings.OfPhp(source).Member("dbname").ShouldBe(new SettingValue(expected));

    [Theory]
    [InlineData("<?php $CONFIG = ['dbname' => 'a'];\n$CONFIG = array_merge($CONFIG, ['dbname' => 'b']);", "is set in line 1 and to something else in line 2")]
    [InlineData("<?php $CONFIG = ['dbname' => 'a', ...$more];", "is an expression in line 1")]
    [InlineData("<?php $CONFIG = ['dbname' => 'a', KEY => 'b'];", "is an expression in line 1")]
    [InlineData("<?php $CONFIG = ['dbname' => 'a'];\n$CONFIG[$key] = 'b';", "is set in line 1 and to something else in line 2")]
    [InlineData("<?php\nreturn array_replace(['dbname' => 'a'], $more);", "is array_replace(…) in line 2")]
    public void An_array_that_more_comes_into_is_not_known(string source, string trouble) => CodeSettings.OfPhp(source).Member("dbname").Trouble.ShouldNotBeNull().ShouldContain(trouble);

    [Theory]
    [InlineData("<?php $CONFIG = getenv('S3') ? ['dbname' => 'a'] : [];", "is getenv(…) in line 1")]
    [InlineData("<?php\n$CONFIG = require '/etc/nc/os.php';", "is require … in line 2")]
    [InlineData("<?php $CONFIG = json_decode(file_get_contents('/x'), true);", "is json_decode(…) in line 1")]
    [InlineData("<?php return require '/etc/nc/os.php';", "is require … in line 1")]
    [InlineData("<?php $x = []; if (A) { include 'x.php'; } else { return ['dbname' => 'a']; }", "is else … in line 1")]
    public void A_file_that_makes_no_array_may_make_one_by_any_expression(string source, string trouble) =>
        CodeSettings.OfPhp(source).Member("dbname").Trouble.ShouldNotBeNull().ShouldContain(trouble);

    [Theory]
    [InlineData("<?php $CONFIG['store']['class'] = 'S3';", "class")]
    [InlineData("<?php $CONFIG = ['dbname' => 'a']; $CONFIG['store']['class'] = 'S3'; $CONFIG['store']['arguments']['bucket'] = 'x'; $CONFIG['store']['arguments']['key'] = 'y';", "class,arguments")]
    [InlineData("<?php $CONFIG['storey']['class'] = 'S3';", null)]
    public void An_array_of_which_only_members_are_set_is_there(string source, string? keys) => CodeSettings.OfPhp(source).Member("store").ShouldBe(new SettingValue(keys));

    [Theory]
    [InlineData("$CONFIG = ['a' => 1];", false)]
    [InlineData("$CONFIG = ['redis' => ['host' => getenv('R') ?: 'redis', 'port' => $port ?? 1, 'on' => A && B || C], 'dbhost' => 'db']; $b = A ? 1 : 2; $c = 3;", false)]
    [InlineData("define('A', 'x and y'); $a = '?';", false)]
    [InlineData("if (A) { $a = 1; }", true)]
    [InlineData("getenv('D') && $CONFIG = ['a' => 1];", true)]
    [InlineData("$b = 1; getenv('D') || ($CONFIG['a'] = 1);", true)]
    [InlineData("defined('D') or define('D', 1);", true)]
    [InlineData("A AND $a = 1;", true)]
    [InlineData("A xor $a = 1;", true)]
    [InlineData("A ? $a = 1 : 0;", true)]
    [InlineData("A ? 0 : $a = 1;", true)]
    [InlineData("$b ?? $a = 1;", true)]
    public void What_stands_behind_a_short_circuit_stands_in_a_branch(string code, bool hasBranches) => CodeSettings.OfPhp("<?php " + code).HasBranches.ShouldBe(hasBranches);

    [Theory]
    [InlineData("D = {'default': {'NAME': 'a', **COMMON}}", "is an expression in line 1")]
    [InlineData("D = {'default': {'NAME': 'a', KEY: 'b'}}", "is an expression in line 1")]
    [InlineData("D = {'default': {'NAME': 'a'}}\nD['default'].update(NAME='b')", "is set in line 1 and to something else in line 2")]
    [InlineData("D = {'default': {'NAME': 'a'}}\nD[which]['NAME'] = 'b'", "is set in line 1 and to something else in line 2")]
    [InlineData("D = {'default': {'NAME': 'a'}}\nfrom .local_settings import *", "may be set by the import in line 2")]
    [InlineData("try:\n    from .local import *\nexcept ImportError:\n    D = {'default': {'NAME': 'a'}}", "may be set by the import in line 2")]
    [InlineData("from .base import *\n", "may be set by the import in line 1")]
    public void A_dictionary_that_more_comes_into_is_not_known(string source, string trouble) => CodeSettings.OfPython(source).Variable("D/default/NAME").Trouble.ShouldNotBeNull().ShouldContain(trouble);

    [Fact]
    public void What_is_set_below_an_import_counts() =>
        CodeSettings.OfPython("from .base import *\nimport os\nD = {'default': {'NAME': 'a'}}").Variable("D/default/NAME").Text.ShouldBe("a");

    [Fact]
    public void Escapes_of_Python_are_what_they_are_there()
    {
        CodeSettings.OfPython("P = 'a\\b\\a\\f\\v\\101\\0\\q'").Variable("P").Text.ShouldBe("a\b\a\f\vA\0\\q");
        CodeSettings.OfPython("P = '\\N{BULLET}'").Variable("P").Trouble.ShouldNotBeNull();
    }

    [Fact]
    public void A_file_of_nothing_but_assignments_is_read_in_time()
    {
        CodeSettings.OfPhp("<?php " + string.Concat(Enumerable.Repeat("$a=", 300_000)) + "1;").Variable("a").Trouble.ShouldNotBeNull();
        CodeSettings.OfPhp("<?php $b = " + string.Join('.', Enumerable.Repeat("'0123456789'", 200_000)) + ";").Variable("b").Text!.Length.ShouldBe(2_000_000);
        CodeSettings.OfPhp("<?php $c = \"" + string.Concat(Enumerable.Repeat("\\u{", 500_000)) + "\";").Variable("c").Text.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("NAME", "crm")]
    [InlineData("USER", "it's")]
    [InlineData("PASSWORD", "a\"b\\c#é")]
    [InlineData("HOST", "db.example.org")]
    [InlineData("PORT", "5433")]
    [InlineData("MISSING", null)]
    public void A_dictionary_of_Python_is_read(string key, string? expected) => CodeSettings.OfPython("""
        import os
        # DATABASES = {'default': {'NAME': 'old'}}
        TEXT = '''
        DATABASES = {'default': {'NAME': 'text'}}
        '''
        DATABASES = {
            'default': {  # comment, with 'quotes'
                'ENGINE': 'django.db.backends.postgresql',
                "NAME": ('crm'),
                'USER': "it's",
                'PASSWORD': 'a"b' r'\c' u"#\u00e9",
                'OPTIONS': {'sslmode': 'require'},
                'HOST': 'db.'
                        'example.org',
            }
        }
        DATABASES['default']['PORT'] = 5433
        """.Replace("\n", "\r\n")).Variable("DATABASES/default/" + key).ShouldBe(new SettingValue(expected));

    [Theory]
    [InlineData("PASSWORD = os.environ['P']", "is os.environ[…] in line 1, which only")]
    [InlineData("import os\nPASSWORD = os.environ.get(\n  'P', 'x')", "is os.environ.get(…) in line 2")]
    [InlineData("PASSWORD = f'{x}'", "is an expression in line 1")]
    [InlineData("PASSWORD = 'a' if DEBUG else 'b'", "is an expression in line 1")]
    [InlineData("PASSWORD = 'a'\nPASSWORD += 'b'", "is set in line 1 and to something else in line 2")]
    [InlineData("if DEBUG: PASSWORD = 'a'\nelse:\n    PASSWORD = 'b'", "is set in line 1 and to something else in line 3")]
    public void What_only_Python_can_evaluate_is_named_with_its_line(string source, string trouble) =>
        CodeSettings.OfPython(source).Variable("PASSWORD").Trouble.ShouldNotBeNull().ShouldContain(trouble);

    [Fact]
    public void Members_that_are_added_count_among_the_keys()
    {
        CodeSettings settings = CodeSettings.OfPython("DATABASES = {'default': {'NAME': 'a'}}\nDATABASES['replica'] = {'NAME': 'b'}\nf(DATABASES=3)\nHINT: dict = {'a': 1}");
        settings.Variable("DATABASES").Text.ShouldBe("default,replica");
        settings.Variable("HINT/a").Text.ShouldBe("1");
        settings.Variable("DATABASES/replica/NAME").Text.ShouldBe("b");
    }

    [Theory]
    [InlineData("<?php $a = [[[[")]
    [InlineData("<?php define('a'")]
    [InlineData("<?php \"unfinished \\")]
    [InlineData("<?php 'unfinished \\")]
    [InlineData("<?php <<<E")]
    [InlineData("<?php /* ")]
    [InlineData("<?php $")]
    [InlineData("<?")]
    [InlineData("a = '''unfinished \\")]
    [InlineData("a = {'b': [(")]
    [InlineData("a[")]
    [InlineData("\\")]
    [InlineData("'\\x")]
    public void Source_that_ends_anywhere_is_read_to_its_end(string source)
    {
        CodeSettings.OfPhp(source).Constant("x").IsMissing.ShouldBeTrue();
        CodeSettings.OfPython(source).Variable("x").IsMissing.ShouldBeTrue();
    }

    [Fact]
    public void Deep_brackets_end_in_an_expression_and_not_the_program()
    {
        CodeSettings.OfPhp("<?php $x = " + new string('[', 100_000)).Variable("x").Trouble.ShouldNotBeNull();
        CodeSettings.OfPython("x = " + new string('[', 100_000)).Variable("x").Trouble.ShouldNotBeNull();
    }
}

namespace Holdfast.Plan.Tests.App;

/// <summary>Applications as they lie on servers, as far as a backup looks at them.</summary>
internal static class Sites
{
    /// <param name="host">As PHP has it.</param>
    /// <param name="password">As PHP has it, quotes and all.</param>
    internal static string WordPress(string root, string host = "localhost", string password = "'secret'", string database = "blog", string user = "wp")
    {
        Write(root, "wp-config.php", $$"""
            <?php
            /** The base configuration for WordPress */
            // define( 'DB_NAME', 'old_blog' );
            define( 'DB_NAME', '{{database}}' );

            /** Database username */
            define( "DB_USER", "{{user}}" );
            /* define( 'DB_PASSWORD', 'old' ); */
            define('DB_PASSWORD',{{password}});
            define( 'DB_HOST', '{{host}}' ); # define( 'DB_HOST', 'old' );
            define( 'DB_CHARSET', 'utf8mb4' );
            define( 'AUTH_KEY', 'put "your" unique # phrase // here' );
            $table_prefix = 'wp7_';
            if ( ! defined( 'ABSPATH' ) ) {
                define( 'ABSPATH', __DIR__ . '/' );
            }
            require_once ABSPATH . 'wp-settings.php';
            """.Replace("\n", "\r\n", StringComparison.Ordinal));
        Write(root, "wp-config-sample.php", "<?php define( 'DB_NAME', 'database_name_here' );");
        Write(root, "wp-includes/version.php", "<?php\n/** The version string */\n$wp_version = '6.4.2';\n$wp_db_version = 56657;\n");
        Write(root, "wp-content/uploads/photo.jpg", "photo");
        Write(root, "wp-content/cache/page.html", "made again");
        return root;
    }

    internal static string MediaWiki(string root, string database = "$wgDBtype = \"mysql\";\n$wgDBserver = \"db.example.org:3307\";")
    {
        Write(root, "LocalSettings.php", $"<?php\nif ( !defined( 'MEDIAWIKI' ) ) {{ exit; }}\n#$wgDBname = \"old\";\n{database}\n$wgDBname = 'wiki';\n$wgDBuser = 'wikiuser';\n$wgDBpassword = \"p\\$w\";\n$wgDBprefix = \"mw_\";\n");
        Write(root, "includes/Defines.php", "<?php\ndefine( 'MW_VERSION', '1.39.4' );\n");
        return root;
    }

    internal static string Trac(string root, string database = "sqlite:db/trac.db", string more = "")
    {
        Write(root, "conf/trac.ini", $"# -*- coding: utf-8 -*-\n\n{more}[project]\nname = My # project ; x\n\n[trac]\n; database = sqlite:old.db\ndatabase = {database}\nrepository_dir =\n");
        Write(root, "VERSION", "Trac Environment Version 1\nVisit https://trac.edgewall.org/\n");
        Write(root, "db/trac.db", "sqlite");
        return root;
    }

    internal static string Gitea(string root, string folder, string database)
    {
        Write(root, $"{folder}app.ini", $"APP_NAME = Gitea: Git with a cup of tea\nRUN_USER = git\n\n[database]\n{database}\n\n[repository]\nROOT = {root}/repositories\n\n[server]\nAPP_DATA_PATH = {root}/data\nLFS_JWT_SECRET = x\n");
        Directory.CreateDirectory($"{root}/repositories/me/code.git");
        Directory.CreateDirectory($"{root}/data");
        return root;
    }

    internal static string Nextcloud(string root, string database)
    {
        Write(root, "config/config.php", $"<?php\n$CONFIG = array (\n  'instanceid' => 'oc1',\n  'passwordsalt' => 'a//b#c',\n  'trusted_domains' =>\n  array (\n    0 => 'cloud.example.org',\n  ),\n  'datadirectory' => '{root}-data',\n  'version' => '28.0.1.1',\n{database}\n  'dbtableprefix' => 'oc_',\n);\n");
        Write(root, "config/config.sample.php", "<?php\n$CONFIG = ['dbtype' => 'sqlite3'];\n");
        Write(root, "occ", "#!/usr/bin/env php\n");
        Directory.CreateDirectory(root + "-data");
        return root;
    }

    internal static string Django(string root, string host = "", string password = "'pw'", string more = "", string database = "crm")
    {
        Write(root, "manage.py", "#!/usr/bin/env python\n");
        Write(root, "site/__init__.py", "");
        Write(root, "site/settings.py", $$"""
            from pathlib import Path
            BASE_DIR = Path(__file__).resolve().parent.parent
            SECRET_KEY = 'django-insecure-#"'
            DATABASES = {
                'default': {
                    'ENGINE': 'django.db.backends.postgresql',
                    # 'NAME': 'old',
                    'NAME': '{{database}}',
                    "USER": "site", 'PASSWORD': {{password}},
                    'HOST': '{{host}}',
                    'PORT': '',
                }
            }
            MEDIA_ROOT = BASE_DIR / 'media'
            {{more}}
            """);
        return root;
    }

    internal static void Write(string root, string name, string content)
    {
        string path = $"{root}/{name}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}

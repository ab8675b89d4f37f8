# Part of bench/run: what a backup of a database costs beside its bare dump tool, and beside dump-then-restic.

server_pid=''

# Sets engine, dump (the bare tool), source (for holdfast) and sql (a client that takes statements on standard input).
start_mariadb() {
    need_package mariadbd mariadb-server-core
    need_package mariadb-dump mariadb-client
    local socket=$work/mariadb/socket user=()
    ((EUID)) || user=(--user=root)
    mkdir "$work/mariadb"
    mariadb-install-db --no-defaults --datadir="$work/mariadb/data" --auth-root-authentication-method=normal --skip-test-db "${user[@]}" >"$work/server.log" 2>&1 ||
        fail "mariadb-install-db failed: $(tail -n 3 "$work/server.log")"
    mariadbd --no-defaults "${user[@]}" --datadir="$work/mariadb/data" --socket="$socket" --skip-networking \
        --innodb-buffer-pool-size=1G --innodb-flush-log-at-trx-commit=0 --log-bin="$work/mariadb/log" --server-id=1 >"$work/server.log" 2>&1 &
    server_pid=$!
    engine="MariaDB $(mariadbd --no-defaults --version | grep -o '[0-9][0-9.]*' | head -n 1)"
    sql=(mariadb --no-defaults --socket="$socket" --user=root --database=bench --batch --skip-column-names)
    dump=(mariadb-dump --no-defaults --socket="$socket" --user=root --single-transaction --quick --routines --events --databases bench)
    source=mysql:socket=$socket,user=root,databases=bench
    await_server mariadb --no-defaults --socket="$socket" --user=root -e 'CREATE DATABASE bench'
}

start_postgresql() {
    local bin as=()
    [[ -d /usr/lib/postgresql ]] || fail "PostgreSQL is missing; install the package postgresql."
    bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
    mkdir "$work/postgresql"
    if ((EUID == 0)); then # the server refuses to run as root
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres "$work/postgresql"
        chmod 711 "$work"
    fi
    "${as[@]}" "$bin/initdb" -D "$work/postgresql/data" -U postgres -A trust --no-sync >"$work/server.log" 2>&1 ||
        fail "initdb failed: $(tail -n 3 "$work/server.log")"
    "${as[@]}" "$bin/postgres" -D "$work/postgresql/data" -k "$work/postgresql" -c listen_addresses= -c shared_buffers=1GB -c synchronous_commit=off >"$work/server.log" 2>&1 &
    server_pid=$!
    engine="PostgreSQL $("$bin/postgres" --version | awk '{ print $3 }')"
    sql=("$bin/psql" -X -q -h "$work/postgresql" -U postgres -v ON_ERROR_STOP=1 -d bench)
    dump=("$bin/pg_dump" -h "$work/postgresql" -U postgres bench)
    source=postgresql:host=$work/postgresql,user=postgres,databases=bench
    await_server "$bin/psql" -X -q -h "$work/postgresql" -U postgres -d postgres -c 'CREATE DATABASE bench'
}

await_server() { # its first statement
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$server_pid" 2>/dev/null || fail "the server ended: $(tail -n 3 "$work/server.log")"
        ! "$@" >"$work/stdout" 2>"$work/stderr" || return 0
        sleep 0.2
    done
    fail "the server does not answer: $(<"$work/stderr")"
}

stop_server() {
    [[ -z $server_pid ]] || { kill "$server_pid" && wait "$server_pid" || true; }
    server_pid=''
}

fill() { # rows: about 130 bytes each, of which little compresses
    case $engine in
        MariaDB*) "${sql[@]}" <<<"CREATE TABLE orders (id int PRIMARY KEY, customer char(64), at datetime, total decimal(12, 2), note char(32)) ENGINE=InnoDB;
            INSERT INTO orders SELECT seq, concat(md5(seq), md5(seq * 7)), '2026-01-01' + INTERVAL seq SECOND, seq * 1.5, md5(seq * 11) FROM seq_1_to_$1;
            ANALYZE TABLE orders;" >"$work/stdout" ;;
        *) "${sql[@]}" <<<"CREATE TABLE orders (id int PRIMARY KEY, customer char(64), at timestamp, total numeric(12, 2), note char(32));
            INSERT INTO orders SELECT g, md5(g::text) || md5((g * 7::bigint)::text), timestamp '2026-01-01' + g * interval '1 second', g * 1.5, md5((g * 11::bigint)::text) FROM generate_series(1, $1) g;
            VACUUM ANALYZE;" ;;
    esac
}

# Runs a command, and notes: step, tool, wall seconds, CPU seconds of what it started, bytes added to the repository or -.
note_run() { # step, tool, repository or -, command…
    local step=$1 tool=$2 repository=$3 before=0 begin end added=-
    shift 3
    [[ $repository == - ]] || before=$(du -sb -- "$repository" | cut -f 1)
    sync
    begin=${EPOCHREALTIME/./}
    /usr/bin/time -q -o "$work/time" -f '%U %S' "$@" </dev/null >"$work/stdout" 2>"$work/stderr" || fail "$* failed: $(tail -n 3 "$work/stderr")"
    end=${EPOCHREALTIME/./}
    [[ $repository == - ]] || added=$(($(du -sb -- "$repository" | cut -f 1) - before))
    printf '%s\t%s\t%s\t%s\t%s\n' "$step" "$tool" "$((end - begin))" "$(awk '{ print $1 + $2 }' "$work/time")" "$added" >>"$records"
}

dump_to_nothing() { note_run "$1" 'bare dump' - bash -c 'exec "$@" >/dev/null' - "${dump[@]}"; }

# What the tool can do at most where something takes its output: a pipe costs it more than a device that takes everything.
dump_to_pipe() { note_run "$1" 'bare dump, piped' - bash -o pipefail -c '"$@" | cat >/dev/null' - "${dump[@]}"; }

with_holdfast() { note_run "$1" holdfast "$work/repository/0" "${programs[0]}" -r "$work/repository/0" --cache-dir "$work/cache/0" --password-file "$work/password" backup --host bench --source "$source"; }

with_restic() { # the one that HOLDFAST_RESTIC names, or the installed one
    local -a restic=("${programs[1]}" -r "$work/repository/1" --cache-dir "$work/cache/1" --password-file "$work/password" backup --host bench "$work/dump.sql")
    note_run "$1" 'dump, then restic' "$work/repository/1" bash -c 'file=$1 many=$2; shift 2; "${@:1:many}" >"$file" && exec "${@:many + 1}"' - "$work/dump.sql" "${#dump[@]}" "${dump[@]}" "${restic[@]}"
}

each_way() { dump_to_nothing "$1"; dump_to_pipe "$1"; with_holdfast "$1"; with_restic "$1"; }

database_round() { # number, rows
    rm -rf -- "$work/repository" "$work/cache"
    mkdir -p "$work/repository" "$work/cache/0" "$work/cache/1"
    "${programs[0]}" -q -r "$work/repository/0" --password-file "$work/password" init
    "${programs[1]}" -q -r "$work/repository/1" --password-file "$work/password" init
    say "  $engine, round $1 of $runs"
    each_way first
    each_way unchanged
    local row=$(($2 * (2 * $1 - 1) / (2 * runs)))
    "${sql[@]}" <<<"UPDATE orders SET total = total + 1 WHERE id = $row;"
    each_way 'one row changed'
    local next
    next=$(($2 + 10 * ($1 - 1) + 1))
    for ((row = next; row < next + 10; row++)); do
        printf "INSERT INTO orders VALUES (%s, md5('%s'), '2026-11-11', 1, 'appended');\n" "$row" "$row"
    done | "${sql[@]}"
    each_way 'ten rows appended'
}

measure_databases() { # rows
    [[ ${kinds[1]:-} == restic ]] || fail "--databases needs restic as the first of --peers."
    local server turn
    for server in mariadb postgresql; do
        records=$work/records-$server-$1.tsv
        "start_$server"
        say "making $1 rows in $engine"
        fill "$1"
        bytes=$("${dump[@]}" | wc -c)
        for ((turn = 1; turn <= runs; turn++)); do database_round "$turn" "$1"; done
        stop_server
        rm -rf -- "${work:?}/$server"
        ((markdown == 0)) || printf '### '
        printf '%s: a table of %s rows, %s MB as a dump; restic is %s\n\n' "$engine" "$1" "$((bytes / 1000000))" "${names[1]}"
        awk -v markdown="$markdown" -f "$root/bench/databases.awk" "$records"
        printf '\n'
    done
}

# The records of bench/run --databases (step, tool, wall µs, CPU s, bytes added or -) as a table of medians; of what was
# added, the largest, too, since that is what a budget is about. The last two columns divide
# the bare dump's time by the row's: that of a dump to /dev/null, and that of one through a pipe.
BEGIN { FS = "\t" }

{
    if (!($1 in seen)) { seen[$1]; step[++steps] = $1 }
    if (!($2 in known)) { known[$2]; tool[++tools] = $2 }
    n = ++count[$1, $2]
    wall[$1, $2, n] = $3 / 1e6
    cpu[$1, $2, n] = $4
    added[$1, $2, n] = $5
}

function median(values, s, t,    n, i, j, v, x) {
    n = count[s, t]
    for (i = 1; i <= n; i++) {
        x = values[s, t, i] + 0
        for (j = i - 1; j >= 1 && v[j] > x; j--) v[j + 1] = v[j]
        v[j + 1] = x
    }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function largest(s, t,    i, most) {
    for (i = 1; i <= count[s, t]; i++) if (added[s, t, i] + 0 > most) most = added[s, t, i] + 0
    return most
}

function row(a, b, c, d, e, f, g, h) {
    if (markdown) printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", a, b, c, d, e, f, g, h
    else printf "%-20s%-20s%10s%10s%14s%14s%18s%22s\n", a, b, c, d, e, f, g, h
}

END {
    row("step", "tool", "wall s", "CPU s", "added KB", "at most KB", "speed of the dump", "of the piped dump")
    if (markdown) print "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for (s = 1; s <= steps; s++)
        for (t = 1; t <= tools; t++) {
            a = step[s]; b = tool[t]
            bare = median(wall, a, tool[1])
            piped = median(wall, a, tool[2])
            own = median(wall, a, b)
            has = added[a, b, 1] != "-"
            row(a, b, sprintf("%.2f", own), sprintf("%.2f", median(cpu, a, b)), has ? sprintf("%.0f", median(added, a, b) / 1000) : "",
                has ? sprintf("%.0f", largest(a, b) / 1000) : "", t == 1 ? "" : sprintf("%.2f", bare / own), t <= 2 ? "" : sprintf("%.2f", piped / own))
        }
    print ""
    print "CPU: of the tool and what it starts, not of the server. Speed of the dump: the time of the bare dump tool, which writes to /dev/null, divided by the row's; 1 is as fast as the bare tool. Of the piped dump: the same where `cat` takes its output."
}

# The records of bench/run, one line a measurement (phase, tool, wall s, CPU s, peak MB, repository MB or -), as a
# table of medians. The first tool is holdfast; the last four columns divide its figures by the tool's in that row.
BEGIN {
    FS = "\t"
    title["first"] = "first backup"
    title["unchanged"] = "nothing changed"
    title["changed"] = "1 % of files changed"
    title["restore"] = "restore"
    title["check"] = "check, all data read"
    title["list"] = "list of snapshots"
    title["copy"] = "copy, 2nd repository"
    title["forget"] = "forget 30 snapshots"
    title["prune"] = "prune, half not needed"
    title["start"] = "start-up (mean of " starts ")"
    decimals[1] = decimals[2] = 2
    decimals[3] = decimals[4] = 1
}

index(wanted, " " $1 " ") {
    if (!($1 in seen_phase)) { seen_phase[$1]; phase[++phases] = $1 }
    if (!($2 in seen_tool)) { seen_tool[$2]; tool[++tools] = $2 }
    n = ++count[$1, $2]
    for (i = 1; i <= 4; i++) value[$1, $2, i, n] = $(i + 2)
}

function median(p, t, what,    n, i, j, v, x) {
    n = count[p, t]
    if (value[p, t, what, 1] == "-") return "-"
    for (i = 1; i <= n; i++) {
        x = value[p, t, what, i] + 0
        for (j = i - 1; j >= 1 && v[j] > x; j--) v[j + 1] = v[j]
        v[j + 1] = x
    }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function row(first, second, cell,    i) {
    if (markdown) {
        printf "| %s | %s |", first, second
        for (i = 1; i <= 8; i++) printf " %s |", cell[i]
    } else {
        printf "%-24s%-16s", first, second
        for (i = 1; i <= 8; i++) printf "%11s", cell[i]
    }
    printf "\n"
}

END {
    split(markdown ? "wall s,CPU s,peak MB,repository MB,wall ratio,CPU ratio,memory ratio,repository ratio" \
        : "wall s,CPU s,peak MB,repo MB,x wall,x CPU,x memory,x repo", heading, ",")
    row("phase", "tool", heading)
    if (markdown) print "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for (p = 1; p <= phases; p++)
        for (t = 1; t <= tools; t++) {
            if (!count[phase[p], tool[t]]) continue
            for (i = 1; i <= 4; i++) {
                own = median(phase[p], tool[1], i)
                other = median(phase[p], tool[t], i)
                places = phase[p] == "start" && i <= 2 ? 3 : decimals[i]
                cell[i] = other == "-" ? (markdown ? "" : "-") : sprintf("%.*f", places, other)
                cell[i + 4] = t == 1 || other == "-" || other <= 0 ? (markdown ? "" : "-") : sprintf("%.2f", own / other)
            }
            row(t == 1 || markdown ? title[phase[p]] : "", tool[t], cell)
        }
    print ""
    print "Ratio: the figure of holdfast divided by the tool's; below 1, holdfast takes less."
}

#!/bin/sh
# `make run` and `make demo`: an invented season where there is no data yet, then the pages.
# $1 = again: throw the invented season away first. A home with somebody's own data is never touched.
set -eu
home=${GRADUAND_HOME:-var}
accounts=$home/demo.txt        # the accounts of the invented season; its being there means: this home is a demo
unfinished=$home/demo.unfinished

invent() {
    umask 077
    mkdir -p "$home"
    : > "$unfinished"
    rm -f "$home"/graduand.sqlite3 "$home"/graduand.sqlite3-wal "$home"/graduand.sqlite3-shm
    GRADUAND_DEMO=1 "$BIN/graduand" demo > "$accounts"
    rm -f "$unfinished"
}

if [ -n "${DATABASE_URL:-}" ]; then
    exec "$BIN/graduand" serve
fi
if [ "${1:-}" = again ]; then
    if [ -f "$home/graduand.sqlite3" ] && [ ! -f "$accounts" ]; then
        echo "$home 中是正式数据，不会清除。" >&2
        exit 2
    fi
    invent
    cat "$accounts"
    exit 0
fi
if [ ! -f "$home/graduand.sqlite3" ] || [ -f "$unfinished" ]; then
    invent
fi
if [ -f "$accounts" ]; then
    cat "$accounts"
    GRADUAND_DEMO=1
    export GRADUAND_DEMO
fi
exec "$BIN/graduand" serve

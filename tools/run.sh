#!/bin/sh
# `make run` and `make demo`: an invented season where there is no data yet, then the pages.
# $1 = again: throw the invented season away first. A home with somebody's own data is never touched.
# PORT: where the pages are (8000). GRADUAND_NOW: the moment to which the clock of an invented season is moved.
set -eu
home=${GRADUAND_HOME:-var}
invented=$home/invented        # its being there means: what this home holds was invented by us
unfinished=$home/unfinished    # … and this: we were interrupted, so begin again
export GRADUAND_PORT="${PORT:-${GRADUAND_PORT:-8000}}"

invent() {
    umask 077
    mkdir -p "$home"
    if [ -f "$invented" ] || [ -f "$unfinished" ]; then
        rm -rf "$home/files" "$home/plans"  # they belong to the database that goes, see office/installation/homes.py
    fi
    : > "$unfinished"
    rm -f "$home"/graduand.sqlite3 "$home"/graduand.sqlite3-wal "$home"/graduand.sqlite3-shm
    GRADUAND_NOW= GRADUAND_DEMO=1 "$BIN/graduand" demo "$@"    # which moves the clock through its season itself
    mv "$unfinished" "$invented"
}

if [ -n "${DATABASE_URL:-}" ]; then
    if [ "${1:-}" = again ]; then    # a database with somebody's own data refuses
        GRADUAND_NOW= GRADUAND_DEMO=1 exec "$BIN/graduand" demo
    fi
    exec "$BIN/graduand" serve
fi
if [ "${1:-}" = again ]; then
    if [ -f "$home/graduand.sqlite3" ] && [ ! -f "$invented" ] && [ ! -f "$unfinished" ]; then
        echo "$home 中不是演示数据，不会清除。" >&2
        exit 2
    fi
    invent
    exit 0
fi
if [ ! -f "$home/graduand.sqlite3" ] || [ -f "$unfinished" ]; then
    invent --brief    # the accounts are listed by serve
fi
if [ -f "$invented" ]; then
    export GRADUAND_DEMO=1
fi
exec "$BIN/graduand" serve

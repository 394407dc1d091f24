#!/usr/bin/env bash
# volume-backup.sh FILE.tar.gz [--online]: everything in the stack's data volume as one archive, for another machine or before
# a risky change. The stack must not run; with --online it may: a proven backup is taken first, and goes into the archive
# in the place of the live database. It changes nothing in the volume but for that backup, and never overwrites a file.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ops/say.sh
. ops/say.sh
# shellcheck source=ops/volume.sh
. ops/volume.sh

usage="Usage: ops/volume-backup.sh FILE.tar.gz [--online]"
[ $# -ge 1 ] && [ $# -le 2 ] && [ -n "$1" ] && [ "${2:---online}" = --online ] || die "$usage"
[[ $1 = /* ]] && file=$1 || file=$PWD/$1
online=${2:-}
[ ! -e "$file" ] || die "$file exists: name another file, or move that one away."
has_data || die "There is nothing to back up: the volume holds no database and no backup yet."

left_out=()
if [ -n "$online" ]; then
    say "Taking an online backup first; the archive holds it instead of the live database."
    in_volume kalshi backup
    left_out=(--exclude=./kalshi.sqlite --exclude=./kalshi.sqlite-wal --exclude=./kalshi.sqlite-shm)
else
    nothing_runs || die "The stack is running: docker compose stop (and pause the scheduler), or call this with --online."
fi

say "Writing $file."
partial=$(mktemp "$file.XXXXXX")
trap 'rm -f "$partial"' EXIT
code=0
in_volume tar -C /var/lib/kalshi "${left_out[@]}" -czf - . >"$partial" || code=$?
# 1 is tar's word for a file that changed meanwhile: of a running stack that is a status or a log, never the backup.
if [ "$code" -ne 0 ] && { [ "$code" -ne 1 ] || [ -z "$online" ]; }; then
    die "The archive could not be written (tar ended with $code); nothing is left of it."
fi
gzip --test "$partial"
mv --no-clobber "$partial" "$file"
say "$file holds the volume: $(du -h "$file" | cut -f 1). Back: ops/volume-restore.sh $file"

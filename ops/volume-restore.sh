#!/usr/bin/env bash
# volume-restore.sh FILE.tar.gz: an archive of volume-backup.sh into the stack's data volume, which must be empty or not exist
# yet; nothing is ever overwritten. The database is verified afterwards, or restored from the newest backup in the
# archive where that was made --online.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ops/say.sh
. ops/say.sh
# shellcheck source=ops/volume.sh
. ops/volume.sh

[ $# -eq 1 ] && [ -n "$1" ] || die "Usage: ops/volume-restore.sh FILE.tar.gz"
[ -r "$1" ] || die "$1 cannot be read."
gzip --test "$1" 2>/dev/null || die "$1 is no whole archive of ops/volume-backup.sh."
nothing_runs || die "The stack is running: docker compose down (and pause the scheduler) first."
has_no_file || die "The volume is not empty, and nothing is overwritten: remove it (docker compose down, docker volume rm), or set COMPOSE_PROJECT_NAME to restore beside it."

say "Unpacking $1 into the volume."
in_volume tar -C /var/lib/kalshi -xzf - <"$1"
if ! in_volume test -e /var/lib/kalshi/kalshi.sqlite; then
    newest=$(in_volume sh -c 'ls -1 /var/lib/kalshi/backups/kalshi_*.sqlite | tail -n 1')
    [ -n "$newest" ] || die "The archive holds neither a database nor a backup."
    say "The archive was made online: restoring its newest backup."
    in_volume kalshi restore "$newest"
fi
say "Verifying the database."
in_volume kalshi verify

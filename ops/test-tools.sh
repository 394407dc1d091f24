#!/usr/bin/env bash
# The Debian programs that only the tests need: a browser, cron, systemd-analyze, restic and the like.
# On a machine that has them all it does nothing; else it says what it installs.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh

# command:package
tools=(
    chromium:chromium cron:cron faketime:faketime flock:util-linux haproxy:haproxy rclone:rclone restic:restic sqlite3:sqlite3
    systemd-analyze:systemd
)

# cron lies in sbin, which is not on everybody's path.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
missing=()
for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

say "The tests need Debian packages this machine lacks: installing ${missing[*]} by apt."
apt_install "${missing[@]}"
for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || die "apt installed ${tool##*:}, yet there is no ${tool%%:*}."
done

#!/usr/bin/env bash
# schedule.sh install|verify|remove systemd|cron|ofelia: the hourly cycle, the nightly backup and the weekly restore
# drill by ONE scheduler. Each call runs as often as you like and says each thing it changes; data is never touched.
# With DESTDIR=DIR the files go below DIR, and nothing is installed or started: for packaging, and to look first.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh
# shellcheck source=ops/place.sh
. ./place.sh

DESTDIR=${DESTDIR:-}
units=$DESTDIR/etc/systemd/system
cron_file=$DESTDIR/etc/cron.d/kalshi
rotation=$DESTDIR/etc/logrotate.d/kalshi
logs=$DESTDIR/var/log/kalshi
timers=(kalshi-collect.timer kalshi-backup.timer kalshi-drill.timer)

usage="Usage: ops/schedule.sh install|verify|remove systemd|cron|ofelia"

main() {
    [ $# -eq 2 ] || die "$usage"
    case $1 in install | verify | remove) ;; *) die "$usage" ;; esac
    case $2 in systemd | cron | ofelia) ;; *) die "$usage" ;; esac
    has_plain_path
    if [ "$1" = install ]; then
        only_one "$2"
        (cd .. && docker compose config --quiet) || die "Compose refuses the configuration (above). Mend .env, or let ops/install.sh write one."
    fi
    "$1_$2"
}

# --- which one is there

there_systemd() { [ -e "$units/kalshi-collect.timer" ]; }
there_cron() { [ -e "$cron_file" ]; }
there_ofelia() { [ -n "$(compose ps --all --quiet ofelia 2>/dev/null)" ]; }

only_one() {
    local other
    for other in systemd cron ofelia; do
        if [ "$other" != "$1" ] && "there_$other"; then
            die "The stack is scheduled by $other already, and two schedulers would only refuse each other. First: ops/schedule.sh remove $other"
        fi
    done
}

# --- what all need

compose() { (cd .. && docker compose --profile ofelia "$@"); }

live() {
    if [ -z "$DESTDIR" ]; then
        as_root "$@"
    else
        say "Not done, since DESTDIR is set: $*"
    fi
}

# A plugin in one user's home is not there for a schedule, which runs as root and sees no home.
root_has_compose() {
    [ -n "$DESTDIR" ] || as_root env -u DOCKER_CONFIG HOME=/nonexistent docker compose version >/dev/null 2>&1 ||
        die "Root finds no Compose plugin outside home directories: put docker-compose into /usr/local/lib/docker/cli-plugins (ops/bootstrap.sh does, run by root where there is none yet)."
}

# put SOURCE TARGET: a file of this folder, with the path of this checkout, where the system looks for it.
put() {
    local text
    text=$(sed "s|/opt/kalshi|$here|g" "$1")
    [ "$(cat "$2" 2>/dev/null)" != "$text" ] || return 0
    say "Writing $2."
    as_root install -D -m 0644 /dev/stdin "$2" <<<"$text"
}

gone() {
    local file
    for file in "$@"; do
        [ -e "$file" ] || continue
        say "Removing $file."
        as_root rm -f -- "$file"
    done
}

fail() {
    say "WRONG: $*"
    wrong=1
}

verdict() {
    [ "${wrong:-0}" -eq 0 ] || die "The schedule by $1 is not in order; what is wrong stands above."
    say "The schedule by $1 is in order."
}

# --- systemd

install_systemd() {
    local file
    is_seen_by_units
    root_has_compose
    for file in systemd/*.service systemd/*.timer systemd/*.d/*.conf; do
        put "$file" "$units/${file#systemd/}"
    done
    live systemctl daemon-reload
    live systemctl enable --now "${timers[@]}"
}

verify_systemd() {
    there_systemd || die "No units in $units. First: ops/schedule.sh install systemd"
    local complaints
    # It only warns of a misspelt setting, and of other people's units too.
    complaints=$(systemd-analyze verify "$units"/kalshi-*.timer "$units"/kalshi-*.service 2>&1 | grep -F kalshi || true)
    [ -z "$complaints" ] || fail "systemd complains:"$'\n'"$complaints"
    if [ -z "$DESTDIR" ]; then
        systemctl is-active --quiet "${timers[@]}" || fail "A timer is not running: systemctl enable --now ${timers[*]}"
        systemctl list-timers --no-pager 'kalshi-*' || true
    fi
    verdict systemd
}

remove_systemd() {
    local installed=("$units"/kalshi-*.timer)
    if there_systemd; then
        live systemctl disable --now "${installed[@]##*/}"
    fi
    gone "$units"/kalshi-*.timer "$units"/kalshi-*.service "$units"/kalshi-.service.d/10-one-shot.conf
    [ ! -d "$units/kalshi-.service.d" ] || as_root rmdir --ignore-fail-on-non-empty "$units/kalshi-.service.d"
    live systemctl daemon-reload
}

# --- cron

install_cron() {
    root_has_compose
    if [ -z "$DESTDIR" ]; then
        has cron || { say "This machine has no cron: installing it by apt." && apt_install cron; }
        has logrotate || { say "This machine has no logrotate: installing it by apt." && apt_install logrotate; }
    fi
    [ -d "$logs" ] || { say "Making $logs." && as_root install -d -m 0750 "$logs"; }
    put cron/logrotate "$rotation"
    put cron/kalshi "$cron_file"
    if [ -z "$DESTDIR" ] && ! pidof cron >/dev/null; then
        say "The cron daemon is not running: starting it."
        as_root service cron start
    fi
}

verify_cron() {
    there_cron || die "There is no $cron_file. First: ops/schedule.sh install cron"
    # cron passes over a file that others may write, without a word to anybody.
    [ "$(stat -c %a "$cron_file")" = 644 ] || fail "$cron_file must have mode 644."
    [ -d "$logs" ] || fail "$logs is missing, so no run can begin."
    if [ -z "$DESTDIR" ]; then
        pidof cron >/dev/null || fail "The cron daemon is not running: service cron start"
    fi
    verdict cron
}

remove_cron() { gone "$cron_file" "$rotation"; }

# cron lies in sbin, which is not on everybody's path.
has() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }

# --- ofelia

install_ofelia() {
    say "Making the stopped containers that Ofelia starts: collector, backup, drill."
    compose up --no-start collector backup drill
    say "Starting Ofelia behind its socket proxy."
    compose up --detach ofelia
}

verify_ofelia() {
    there_ofelia || die "There is no Ofelia container. First: ops/schedule.sh install ofelia"
    local service
    for service in ofelia docker-proxy; do
        [ -n "$(compose ps --quiet --status running "$service")" ] || fail "$service is not running: docker compose logs $service"
    done
    for service in collector backup drill; do
        [ -n "$(compose ps --all --quiet "$service")" ] || fail "There is no container of $service to start."
    done
    verdict ofelia
}

remove_ofelia() {
    there_ofelia || return 0
    say "Removing the containers of Ofelia, its proxy, backup and drill."
    compose rm --stop --force ofelia docker-proxy backup drill
}

main "$@"

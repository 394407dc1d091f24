#!/usr/bin/env bash
# install.sh systemd|cron|ofelia: from a bare Debian or Ubuntu server, with this checkout on it, to a running schedule.
# It runs as often as you like, says each thing it changes, and never touches data or a setting that is there.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh
# shellcheck source=ops/place.sh
. ./place.sh

usage="Usage: ops/install.sh systemd|cron|ofelia (see \"Pick ONE scheduler\" in ops/README.md)"
settings=../.env
code_version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' ../shared/kalshi_common/__init__.py)

main() {
    [ $# -eq 1 ] || die "$usage"
    case $1 in systemd | cron | ofelia) ;; *) die "$usage" ;; esac
    has_plain_path
    [ "$1" != systemd ] || is_seen_by_units
    ./bootstrap.sh
    have_settings
    have_secret_folders
    have_images
    check_configuration
    have_database
    have_monitor
    ./schedule.sh install "$1"
    ./schedule.sh verify "$1"
    what_next
}

compose() { (cd .. && docker compose --progress quiet "$@"); }

# --- .env: what Compose reads by itself

have_settings() {
    if [ ! -e "$settings" ]; then
        say "Writing .env (readable by its owner alone)."
        (umask 077 && printf '# Settings of this server; .env.example tells all there are.\n' >"$settings")
    fi
    have_setting COMPOSE_FILE compose.yaml:compose.prod.yaml
    have_setting KALSHI_VERSION "$code_version"
}

have_setting() {
    ! grep -q "^$1=" "$settings" || return 0
    say "Adding $1=$2 to .env."
    printf '%s=%s\n' "$1" "$2" >>"$settings"
}

setting() { sed -n "s/^$1=//p" "$settings" | tail -n 1; }

# --- secrets: a folder for each need, readable by the containers' user and root alone

have_secret_folders() {
    local root folder
    root=$(setting KALSHI_SECRETS_DIR)
    root=${root:-./secrets}
    for folder in kalshi models notify; do
        (
            cd ..
            [ ! -d "$root/$folder" ] || exit 0
            say "Making $root/$folder for secret files."
            as_root install -d -m 0750 -g 10001 "$root/$folder"
        )
    done
}

# --- images, database, monitor

have_images() {
    local version service
    version=$(setting KALSHI_VERSION)
    for service in collector monitor; do
        ! docker image inspect "kalshi-$service:$version" >/dev/null 2>&1 || continue
        [ "$version" = "$code_version" ] || die "There is no image kalshi-$service:$version, and the code here is $code_version. Check out that version, or upgrade: see docs/operations.md."
        say "Building kalshi-$service:$version."
        compose build --quiet "$service"
    done
}

check_configuration() {
    say "Checking the configuration."
    compose run --rm --no-deps -T collector config check
}

have_database() {
    say "Applying pending migrations."
    compose run --rm --no-deps -T collector migrate
}

have_monitor() {
    say "Starting the monitor (it stays as it is where it runs already)."
    compose up --detach monitor
}

what_next() {
    cat <<'TEXT'

==> Done. Next:

      docker compose run --rm collector                   the first hour, at once
      docker compose exec monitor kalshi status           what the stack says of itself
      docker compose run --rm collector notify test       whether you would hear of trouble

    Keys, whom to tell and everything else: docs/operations.md.
TEXT
}

main "$@"

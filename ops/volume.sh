# shellcheck shell=bash
# Sourced by volume-backup.sh and volume-restore.sh: how they look into the data volume of the Compose project that COMPOSE_FILE
# and COMPOSE_PROJECT_NAME choose, through the collector's own image and rights. It does nothing by itself.

# The command's first word is the entry point: kalshi itself, or a program of the image.
in_volume() {
    local program=$1
    shift
    docker compose --progress quiet run --rm -T --no-deps --entrypoint "$program" collector "$@"
}

has_data() { in_volume sh -c 'test -e /var/lib/kalshi/kalshi.sqlite || test -d /var/lib/kalshi/backups' </dev/null; }

# shellcheck disable=SC2016  # the container's shell expands it
has_no_file() { in_volume sh -c 'test -z "$(find /var/lib/kalshi -type f -print -quit)"' </dev/null; }

# Containers of `docker compose run` count too, which `docker compose ps` leaves out.
nothing_runs() {
    local project
    project=$(docker compose config | sed -n 's/^name: //p')
    [ -z "$(docker ps --quiet --filter "volume=${project}_kalshi-data")" ]
}

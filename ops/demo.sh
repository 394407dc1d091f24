#!/usr/bin/env bash
# The stack from nothing to stored rows against the simulated exchange; `make demo` runs the bootstrap first.
# It works in a Compose project of its own (kalshi-demo), needs no key and leaves nothing running.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ops/say.sh
. ops/say.sh

# Not the settings of a real stack: what .env says is left out.
compose() { docker compose --env-file /dev/null -f compose.yaml -f compose.demo.yaml "$@"; }

say "Building the two images (collector, simulator)."
compose build --quiet

say "Starting the simulated exchange, with an empty demo database."
compose down --volumes --remove-orphans
trap 'compose down --timeout 5' EXIT
compose up --detach --wait simulator

say "Collecting one hour: docker compose run --rm collector"
compose --progress quiet run --rm collector

say "What the stack says about itself: docker compose run --rm collector status"
compose --progress quiet run --rm collector status

say "A few of the stored rows:"
compose --progress quiet run --rm -T --entrypoint python collector - <ops/look.py

say "Removing the demo's containers (its volume stays until the next demo or make clean)."
trap - EXIT
compose down --timeout 5

cat <<'TEXT'

==> That was the whole main job. To do it for real, against Kalshi's public market data (no key needed):

      docker compose run --rm collector

    Then once an hour, by one scheduler: see ops/README.md.
TEXT

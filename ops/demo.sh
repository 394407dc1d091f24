#!/usr/bin/env bash
# demo.sh [all]: the stack from nothing to stored rows against the simulated exchange; with `all` also estimates by simulated
# models, paper orders, a backup and the page. It works in a Compose project of its own (kalshi-demo), needs no key and
# leaves nothing running; `make demo` and `make tour` run the bootstrap first.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ops/say.sh
. ops/say.sh

part=${1:-main}

# Not the settings of a real stack: what .env says is left out.
compose() { docker compose --env-file /dev/null -f compose.yaml -f compose.demo.yaml "$@"; }

# Say the command a user would type, and run it in the demo's project.
try() {
    local why=$1 service=$2
    shift 2
    say "$why"
    printf '    $ docker compose run --rm %s\n' "$service${*:+ $*}"
    compose --progress quiet run --rm "$service" "$@"
}

main() {
    begin
    collect
    [ "$part" != all ] || the_rest
    finish
}

begin() {
    local images=(collector simulator)
    [ "$part" != all ] || images+=(analyzer trader monitor)
    say "Building the images: ${images[*]}."
    compose build --quiet "${images[@]}"
    say "Starting the simulated exchange, with an empty demo database."
    compose down --volumes --remove-orphans
    trap 'compose down --timeout 5' EXIT
    compose up --detach --wait simulator
}

collect() {
    try "Collecting one hour." collector
    try "What the stack says about itself." collector status
    try "Is anything missing?" collector gaps
    say "A few of the stored rows:"
    compose --progress quiet run --rm -T --entrypoint python collector - <ops/look.py
}

the_rest() {
    try "What asking models would cost at most; nobody is asked." analyzer run --dry-run
    try "Estimates by simulated models, under a cap." analyzer
    try "Paper orders from the estimates: only where the edge is left after fees." trader
    try "What is held." trader positions
    try "How good the market's own forecasts were so far." analyzer report calibration --market-baseline
    try "A backup, proven row by row." collector backup
    try "And rehearsed: restored into a scratch folder." collector drill
    say "The page's container, and a look from inside it."
    printf '    $ docker compose up -d monitor && docker compose exec monitor kalshi health\n'
    compose up --detach --no-deps monitor
    compose exec -T monitor kalshi health
}

finish() {
    say "Removing the demo's containers (its volume stays until the next demo or make clean)."
    trap - EXIT
    compose --profile '*' down --timeout 5
    cat <<'TEXT'

==> That was the whole main job. To do it for real, against Kalshi's public market data (no key needed):

      docker compose run --rm collector

    Then once an hour, by one scheduler: see ops/README.md. `make tour` shows the rest of the stack the same way.
TEXT
}

main

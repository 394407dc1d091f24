#!/usr/bin/env bash
# Remove what this checkout can make again, naming each thing. Collected data (the volume of project `kalshi`) is not touched.
set -euo pipefail
cd "$(dirname "$0")/.."

rubbish=(.venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist)
for thing in "${rubbish[@]}"; do
    if [ -e "$thing" ]; then
        echo "removing $thing"
        rm -rf -- "$thing"
    fi
done
find . -name __pycache__ -type d -prune -exec rm -rf -- {} +
if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
    echo "removing the demo's containers and its volume kalshi-demo_kalshi-data"
    docker compose -f compose.yaml -f compose.demo.yaml down --volumes --remove-orphans
    echo "kept: the volume kalshi_kalshi-data with your collected data, and all images"
fi

#!/usr/bin/env bash
# Bring .venv in line with requirements/dev.txt (every package checked against its hash), and only when it is not.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ops/say.sh
. ops/say.sh

stamp=.venv/.lock.sha256
wanted=$(cat requirements/dev.txt pyproject.toml | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

if ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(ops/python.sh)
    say "Making .venv with $("$python" --version) ($python)."
    "$python" -m venv --clear .venv
fi
say "Installing requirements/dev.txt into .venv."
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input --quiet)
"${pip[@]}" install --require-hashes --only-binary=:all: -r requirements/dev.txt
# The project itself, in place. Its build backend comes from the lock as well: nothing unpinned is fetched.
"${pip[@]}" install --no-build-isolation --no-deps --no-index -e .
printf '%s\n' "$wanted" >"$stamp"

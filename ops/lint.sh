#!/usr/bin/env bash
# Every static check, each named before it runs; stops at the first that fails. It changes no file.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

run() {
    printf '==> %s\n' "$*"
    "$@"
}

run ruff check .
run ruff format --check .
run mypy
run lint-imports
run shellcheck -x .ci/run ops/*.sh
run hadolint Dockerfile tests/contract/Dockerfile

# The merged stack is what runs, so that is what compose-lint reads; neither .env nor the shell of this machine counts.
merged=$(mktemp -d)
trap 'rm -rf "$merged"' EXIT
for name in compose compose.prod compose.demo tests/contract/compose; do
    files=(-f "$name.yaml")
    [[ $name != compose.* ]] || files=(-f compose.yaml "${files[@]}")
    KALSHI_VERSION=lint docker compose --env-file /dev/null "${files[@]}" --profile '*' config >"$merged/${name//\//-}.yaml"
done
run compose-lint check --quiet --strict-config --no-env --fail-on low --skip-suppressed "$merged"/*.yaml

#!/usr/bin/env bash
# Print the newest Python of this machine that really runs and can make a virtual environment (3.11 to 3.13 preferred).
# It installs Debian's python3-venv where nothing fits, and says so; it changes nothing else.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh

# pyenv's shims stand on the path for versions that are switched off, and Debian splits ensurepip off: so try it.
usable() {
    "$1" -c 'import ensurepip, sqlite3, ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

first_usable() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3; do
        if usable "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

if ! first_usable; then
    say "This machine has no Python >= 3.11 that can make a virtual environment: installing python3 and python3-venv by apt."
    apt_install python3 python3-venv
    first_usable || die "Still no Python >= 3.11 with venv. Install one (python3.11 or newer, with venv) and run this again."
fi

# shellcheck shell=bash
# Sourced by the scripts beside it: how they speak, act as root and install a Debian package. It does nothing by itself.

# To standard error, since standard output is an answer in some of them.
say() { printf '\n==> %s\n' "$*" >&2; }

die() {
    printf '\n==> STOPPED: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "This needs root (or sudo): $*"
    fi
}

apt_install() {
    command -v apt-get >/dev/null || die "Not a Debian or Ubuntu machine: install $* (or what gives the same) by hand."
    {
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@"
    } >&2
}

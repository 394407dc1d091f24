# shellcheck shell=bash
# Sourced after say.sh: whether a schedule can run this checkout where it lies; it ends with a sentence if not.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# It goes into unit files and a crontab, where other characters have meanings.
has_plain_path() {
    [[ $here =~ ^[A-Za-z0-9/._-]+$ ]] || die "$here has characters that a crontab or unit cannot hold: move the checkout, for example to /opt/kalshi."
}

# The units see no home directory and have a /tmp of their own.
is_seen_by_units() {
    [[ -n ${DESTDIR:-} || ! $here =~ ^/(home|root|run/user|tmp|var/tmp)(/|$) ]] || die "The units cannot see $here: move the checkout, for example to /opt/kalshi."
}

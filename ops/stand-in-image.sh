#!/usr/bin/env bash
# stand-in-image.sh NAME: import a minimal Debian trixie with its own Python 3.13 as image NAME. Root, debootstrap, Docker.
# bootstrap.sh calls it where the official Python image cannot be pulled; not for production.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=ops/say.sh
. ./say.sh

name=$1
tree=$(mktemp -d /var/tmp/kalshi-stand-in.XXXXXX)
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"

# The mirror this machine already gets its own Debian packages from.
debian_mirror() {
    # shellcheck disable=SC2016  # apt's own placeholders
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | sort -u | head -n 1
}

mirror=${DEBIAN_MIRROR:-$(debian_mirror)}
if [ -z "$mirror" ]; then
    apt-get update -q >&2
    mirror=$(debian_mirror)
fi
[ -n "$mirror" ] || die "apt on this machine knows no Debian mirror: set DEBIAN_MIRROR to one and run this again."

debootstrap --variant=minbase --include=ca-certificates,passwd,python3,python3-venv,tzdata trixie "$tree" "$mirror" >&2 ||
    die "debootstrap failed; the last lines: $(tail -n 5 "$tree/debootstrap/debootstrap.log" 2>/dev/null)"
ln -s python3 "$tree/usr/bin/python"
# A site that re-signs its traffic has put its CA into the host's bundle; builds inside the image must trust it as well.
[ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
rm -rf "$tree"/var/lib/apt/lists/* "$tree"/var/cache/apt/* "$tree"/var/log/* \
    "$tree"/usr/share/doc/* "$tree"/usr/share/locale/* "$tree"/usr/share/man/*

tar -C "$tree" -c . | docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["python3"]' --change 'LABEL kalshi.stand-in=true' \
    - "$name" >&2
say "The stand-in $name is ready."

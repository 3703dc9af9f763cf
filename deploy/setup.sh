#!/bin/sh
# Sets up everything Suture needs in this checkout: system packages and .venv.
#   sh deploy/setup.sh          to run it
#   sh deploy/setup.sh --dev    to run its tests too
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else die "needs root for: $*"; fi
}

# packages COMMAND=PACKAGE … : installs the package of every command that is missing
packages() {
    missing=
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null || die "install these with your package manager, then run this again:$missing"
    say "installing$missing"
    # shellcheck disable=SC2086  (a list of words)
    as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
         { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }' sh $missing
}

python() {
    for one in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        [ -n "$one" ] && "$one" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
            { echo "$one"; return; }
    done
    die "needs Python 3.11 or newer with venv (Debian: python3-venv); name one with PYTHON=…"
}

packages git=git bwrap=bubblewrap prlimit=util-linux mount=mount diff=diffutils
groups=
if [ "${1:-}" = --dev ]; then
    packages chromium=chromium npm=npm
    groups='--group dev'
fi

if [ ! -x .venv/bin/python ]; then
    chosen=$(python)
    say "making .venv with $chosen"
    "$chosen" -m venv .venv
fi
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q uv
say "installing suture"
# shellcheck disable=SC2086
.venv/bin/uv pip install -q -p .venv/bin/python -e . $groups

if [ -n "$groups" ]; then
    # GitHub's own descriptions of its API, which the tests hold our requests against; once, not at every run
    .venv/bin/python -m tests.contracts.fetch || say "no contracts: the tests that need them will be skipped"
fi

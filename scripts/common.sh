# SPDX-License-Identifier: Apache-2.0 OR MIT
# Shared by the scripts: where the tree is, and how to get what a machine lacks. Sourced, not run.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)
strict='-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror'

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# skipped_in LOG: the names of the tests that ctest skipped.
skipped_in() { sed -n 's/.*Test *#[0-9]*: *\([^ ]*\) .*\*\*\*Skipped.*/\1/p' "$1"; }

# missing PACKAGE...: prints those that are not installed.
missing() {
	local p
	for p; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || printf '%s ' "$p"
	done
}

# need PACKAGE...: installs what is not there, or says what to install where that is not ours to do.
need() {
	command -v dpkg-query >/dev/null || die "this is not a Debian system: install the equivalents of: $*"
	local lacking
	lacking=$(missing "$@")
	[ -n "$lacking" ] || return 0
	[ "$(id -u)" = 0 ] || die "not installed: $lacking
As root: apt-get install $lacking"
	say "${0##*/}: installing $lacking"
	# Lists may be absent or stale on a fresh machine; one update is enough.
	if ! apt_install $lacking >/dev/null 2>&1; then
		apt-get -q update >/dev/null || die "apt-get update failed"
		apt_install $lacking >/dev/null || die "could not install: $lacking"
	fi
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@"; }

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: languages.sh rust|python SOURCE WORK: the example in that language on an installed c-vmm (WORK/prefix-...) prints
# what the same example in C prints, so that its copies of the structs are right. Exit 77 where the language is missing.
set -euo pipefail
language=$1 source=$2 work=$3
kind=static
[ "$language" = rust ] || kind=shared
prefix=$work/prefix-$kind out=$work/$language
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib PYTHONDONTWRITEBYTECODE=1
rm -rf "$out" && mkdir -p "$out"

# in_c EXAMPLE LIBRARY...
in_c() {
	# shellcheck disable=SC2046 # the flags are words
	gcc -std=c11 "$source/examples/$1.c" $(pkg-config --cflags --libs "${@:2}") -o "$out/$1"
}

case $language in
rust)
	command -v rustc >/dev/null || { echo "skipped: there is no rustc"; exit 77; }
	in_c read-header cvmm-snapshot
	# shellcheck disable=SC2046
	rustc -O -D warnings "$source/examples/read_header.rs" $(pkg-config --libs cvmm-snapshot) -o "$out/read_header"
	for file in "$source"/snapshot/golden/*.snap; do
		diff <("$out/read-header" "$file") <("$out/read_header" "$file")
	done
	# Refused, by both with the same words.
	diff <("$out/read-header" "$source/README.md" 2>&1) <("$out/read_header" "$source/README.md" 2>&1)
	;;
python)
	command -v python3 >/dev/null || { echo "skipped: there is no python3"; exit 77; }
	in_c list-owners cvmm-snapshot cvmm-kvm-sim
	"$out/list-owners" >"$out/c.txt"
	python3 "$source/examples/list_owners.py" | diff "$out/c.txt" -
	grep -q '^PSCI_VERSION *VM$' "$out/c.txt"
	;;
esac

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# golden.sh PROGRAM DIR: today's writer gives the bytes that were committed.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" "$dir"
for f in "$dir"/*.snap; do
	cmp "$f" "$2/$(basename "$f")"
done

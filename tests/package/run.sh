#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: run.sh WAY SOURCE WORK [static|shared]: builds and runs a consumer that gets c-vmm in one of the ways that
# README.md promises: find_package, add_subdirectory, FetchContent, pkg-config.
set -euo pipefail
way=$1 source=$2 work=$3 kind=${4:-static}
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work" && mkdir -p "$work"
shared=OFF
[ "$kind" = shared ] && shared=ON

install_cvmm() {
	cmake -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$work/prefix" \
		-DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=$shared -DCVMM_TOOLS=OFF >/dev/null
	cmake --build "$work/build" -j2 >/dev/null
	cmake --install "$work/build" >/dev/null
}

run() { LD_LIBRARY_PATH=$work/prefix/lib "$@"; }

case $way in
pkg-config)
	install_cvmm
	export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
	flags=$(pkg-config --cflags --libs cvmm-snapshot cvmm-kvm-sim)
	for c in gcc clang; do
		# shellcheck disable=SC2086 # the flags are words
		"$c" -std=c11 "$here/consumer/consumer.c" $flags -o "$work/consumer"
		run "$work/consumer"
	done
	;;
*)
	[ "$way" != find_package ] || install_cvmm
	cmake -S "$here/consumer" -B "$work/consumer" -DCVMM_FROM="$way" -DCVMM_SOURCE="$source" \
		-DBUILD_SHARED_LIBS=$shared -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
	cmake --build "$work/consumer" -j2 >/dev/null
	run "$work/consumer/consumer-c"
	run "$work/consumer/consumer-cxx"
	;;
esac

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: run.sh WAY SOURCE WORK static|shared
# Builds and runs a consumer that gets c-vmm in one of the ways that README.md promises, find_package, add_subdirectory,
# FetchContent or pkg-config, with gcc and with clang, in C and in C++. WAY install makes the prefix that find_package
# and pkg-config take it from. Exit 77 where a compiler is missing, after all else has passed.
set -euo pipefail
way=$1 source=$2 work=$3 kind=$4
here=$(cd "$(dirname "$0")" && pwd)
prefix=$work/prefix-$kind
shared=OFF
[ "$kind" = static ] || shared=ON
skipped=

build_consumer() {
	cmake --no-warn-unused-cli -S "$here/consumer" -B "$1" -DCVMM_FROM="$way" -DCVMM_SOURCE="$source" -DBUILD_SHARED_LIBS=$shared \
		-DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$2" -DCMAKE_CXX_COMPILER="$3" >/dev/null
	cmake --build "$1" -j2 --target consumer-c consumer-cxx >/dev/null
}

compile_consumer() {
	local flags
	flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs cvmm-snapshot cvmm-kvm-sim)
	mkdir -p "$1"
	# shellcheck disable=SC2086 # the flags are words
	"$2" -std=c11 -Wall -Wextra -Werror "$here/consumer/consumer.c" $flags -o "$1/consumer-c"
	# shellcheck disable=SC2086
	"$3" -Wall -Wextra -Werror "$here/consumer/consumer.cxx" $flags -o "$1/consumer-cxx"
}

check_kind() {
	if [ "$way" = add_subdirectory ] || [ "$way" = FetchContent ]; then return; fi
	local linked=static
	! readelf -d "$1" | grep -q 'NEEDED.*libcvmm-snapshot' || linked=shared
	[ "$linked" = "$kind" ] || { echo "$1: linked $linked, not $kind"; exit 1; }
}

if [ "$way" = install ]; then
	rm -rf "$work/build-$kind" "$prefix"
	cmake -S "$source" -B "$work/build-$kind" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
		-DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=$shared -DCVMM_TOOLS=OFF >/dev/null
	cmake --build "$work/build-$kind" -j2 >/dev/null
	cmake --install "$work/build-$kind" >/dev/null
	exit
fi

for compilers in gcc:g++ clang:clang++; do
	cc=${compilers%:*} cxx=${compilers#*:} dir=$work/$way-$kind-${compilers%:*}
	command -v "$cc" >/dev/null && command -v "$cxx" >/dev/null || { skipped+=" $compilers"; continue; }
	rm -rf "$dir"
	if [ "$way" = pkg-config ]; then
		compile_consumer "$dir" "$cc" "$cxx"
	else
		build_consumer "$dir" "$cc" "$cxx"
	fi
	for program in consumer-c consumer-cxx; do
		LD_LIBRARY_PATH=$prefix/lib "$dir/$program"
		check_kind "$dir/$program"
	done
done

# A library that is not there has to be noticed when configuring, not when linking.
if [ "$way" = find_package ] && cmake -S "$here/consumer" -B "$work/no-such-$kind" -DCVMM_FROM=find_package \
	-DCVMM_ALSO=no-such-library -DCMAKE_PREFIX_PATH="$prefix" >/dev/null 2>&1; then
	echo "find_package(cvmm COMPONENTS no-such-library) succeeded"
	exit 1
fi
[ -z "$skipped" ] || { echo "skipped:$skipped"; exit 77; }

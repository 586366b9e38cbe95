#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds the harnesses the way OSS-Fuzz and ClusterFuzzLite want it: with $CC, $CXX, $CFLAGS and $LIB_FUZZING_ENGINE, into
# $OUT, with seed corpora, dictionaries and options beside them. $WORK is for intermediate files.
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$WORK/c-vmm
cmake -S "$root" -B "$build" -DCVMM_FUZZ=ON -DCVMM_TOOLS=OFF -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
	-DCMAKE_ASM_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="${CXXFLAGS-}"
cmake --build "$build" -j "$(nproc)"
for program in "$build"/fuzz-bin/fuzz-*; do
	target=$(basename "$program")
	name=${target#fuzz-}
	# It has to crash, which nobody wants to be told every night.
	[ "$name" != must_crash ] || continue
	cp "$program" "$OUT/"
	case $name in
	baseline | profile | rules) dict=text ;;
	*) dict=ids ;;
	esac
	cp "$root/fuzz/dict/$dict.dict" "$OUT/$target.dict"
	printf '[libfuzzer]\nmax_len = 65536\ntimeout = 5\nrss_limit_mb = 512\n' >"$OUT/$target.options"
	if [ -d "$root/fuzz/corpus/$name" ]; then
		(cd "$root/fuzz/corpus/$name" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" *)
	fi
done

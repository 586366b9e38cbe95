#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# usage: deb.sh SOURCE WORK: builds the Debian packages, installs them into a root of their own, runs the demo there,
# builds a consumer with what -dev brings, removes them and looks whether a file is left. Exit 77 without root or dpkg.
set -euo pipefail
source=$1 work=$2
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "skipped: Debian packages: $*"; exit 77; }
for tool in dpkg-deb dpkg-shlibdeps file chroot; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
[ "$(id -u)" = 0 ] || skip "dpkg needs root"
rm -rf "$work" && mkdir -p "$work"
root=$work/root

# Configure, build, package: as the preset deb, in a folder of the test's own.
cmake -S "$source" --preset deb -B "$work/build" >/dev/null
cmake --build "$work/build" -j2 >/dev/null
(cd "$work/build" && cpack -G DEB -B "$work/debs" >/dev/null 2>"$work/cpack.err") || { cat "$work/cpack.err"; exit 1; }
debs=("$work"/debs/libcvmm0_*.deb "$work"/debs/libcvmm-dev_*.deb "$work"/debs/cvmm_*.deb)

# A root with what the packages depend on: the C library is this machine's, entered into the root's list as installed.
mkdir -p "$root"/{bin,sbin,lib,usr/local,etc,tmp,var/lib/dpkg/{info,updates},var/cache/ldconfig}
cp -L /bin/sh "$root/bin/sh"
cp -L /sbin/ldconfig "$root/sbin/ldconfig"
ldd /bin/sh | grep -o '/[^ ]*' | while read -r f; do mkdir -p "$root${f%/*}" && cp -L "$f" "$root$f"; done
dpkg-query -s libc6 libc6-dev >"$root/var/lib/dpkg/status"
chroot "$root" /sbin/ldconfig
files() { (cd "$root" && find . -path ./var/lib/dpkg -prune -o -print | sort); }
package() { dpkg --root="$root" --log=/dev/null "$@" >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log"; exit 1; }; }

files >"$work/before"
package --install "${debs[@]}"
files >"$work/installed"
chroot "$root" /usr/bin/cvmm demo >"$work/demo"
grep -q "REFUSED" "$work/demo"
grep -q "continues there, every register read back *restored" "$work/demo"
chroot "$root" /usr/bin/cvmm --version
for f in share/man/man1/cvmm.1.gz share/bash-completion/completions/cvmm share/doc/cvmm/copyright; do
	grep -qx "./usr/$f" "$work/installed" || { echo "not installed: $f"; exit 1; }
done

# The installed headers, archives, CMake and pkg-config files, seen as in /usr.
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR
PKG_CONFIG_LIBDIR=$(echo "$root"/usr/lib/*/pkgconfig)
flags=$(pkg-config --cflags --libs cvmm-snapshot cvmm-kvm-sim)
archives=$(pkg-config --libs cvmm-snapshot cvmm-kvm-sim | sed "s/-lcvmm-\([a-z-]*\)/-l:libcvmm-\1.a/g")
# shellcheck disable=SC2086 # the flags are words
gcc -std=c11 "$here/consumer/consumer.c" $flags -o "$root/tmp/shared"
# shellcheck disable=SC2086
gcc -std=c11 -I"$root/usr/include" "$here/consumer/consumer.c" $archives -o "$root/tmp/static"
cmake -S "$here/consumer" -B "$work/consumer" -DCVMM_FROM=find_package -DCMAKE_PREFIX_PATH="$root/usr" >/dev/null
cmake --build "$work/consumer" >/dev/null
cp "$work/consumer/consumer-c" "$root/tmp/cmake"
for program in shared static cmake; do
	chroot "$root" "/tmp/$program"
	rm "$root/tmp/$program"
done

if command -v lintian >/dev/null; then
	# No address of the authors is published; six libraries in one package, as they are released together; the
	# scripts that call ldconfig are CPack's own.
	known=bogus-mail-host,bogus-mail-host-in-debian-changelog
	known+=,package-name-doesnt-match-sonames,maintscript-calls-ldconfig
	lintian --allow-root --fail-on error,warning --suppress-tags $known "${debs[@]}"
else
	echo "not checked: lintian is not installed"
fi

package --purge cvmm libcvmm-dev libcvmm0
files >"$work/after"
diff "$work/before" "$work/after"
echo "$(($(wc -l <"$work/installed") - $(wc -l <"$work/before"))) files and folders installed, run, removed; none is left"

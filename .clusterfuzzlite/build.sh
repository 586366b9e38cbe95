#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0 OR MIT
exec "$SRC/c-vmm/fuzz/oss-fuzz/build.sh"

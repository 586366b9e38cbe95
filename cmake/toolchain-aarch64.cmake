# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Cross build for 64-bit Arm, static, so that a program runs in an initramfs that holds nothing else:
#
#   cmake -S . -B build-arm64 --toolchain cmake/toolchain-aarch64.cmake -DCVMM_EXAMPLES=ON
#
# Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross. Another prefix: -DCVMM_CROSS=aarch64-none-linux-gnu-.
set(CVMM_CROSS aarch64-linux-gnu- CACHE STRING "Prefix of the cross tools")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CVMM_CROSS)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER ${CVMM_CROSS}gcc)
set(CMAKE_ASM_COMPILER ${CVMM_CROSS}gcc)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

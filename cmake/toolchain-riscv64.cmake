# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Cross build for riscv64, static: cmake -S . -B build-riscv64 --toolchain cmake/toolchain-riscv64.cmake
#
# Debian: gcc-riscv64-linux-gnu, libc6-dev-riscv64-cross.
set(CVMM_CROSS riscv64-linux-gnu- CACHE STRING "Prefix of the cross tools")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CVMM_CROSS)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER ${CVMM_CROSS}gcc)
set(CMAKE_ASM_COMPILER ${CVMM_CROSS}gcc)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

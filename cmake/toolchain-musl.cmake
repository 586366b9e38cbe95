# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Build against musl on a machine of another C library: cmake -S . -B build-musl --toolchain cmake/toolchain-musl.cmake
#
# Debian: musl-tools.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(CMAKE_C_COMPILER musl-gcc)

#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds the demonstration and runs it, installing what it needs first: examples/restore.cpp.
#
#   sh cmake/demo.sh [arguments of restore]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
sh "$here/cmake/install_dependencies.sh" demo

# The first run configures and compiles, with its progress on the screen; after that this is a second or two.
if [ ! -e "$here/build/demo/build.ninja" ]; then
  # A folder that was not configured to its end is done anew.
  cmake -S "$here" -B "$here/build/demo" -G Ninja -D CMAKE_BUILD_TYPE=Release -D EQUIREG_NATIVE=ON \
    -D EQUIREG_BUILD_TESTS=OFF -D EQUIREG_BUILD_BENCHMARKS=OFF -D EQUIREG_EXAMPLES_REQUIRED=ON ||
    { rm -f "$here/build/demo/build.ninja"; exit 1; }
fi
cmake --build "$here/build/demo" --target restore
exec "$here/build/demo/examples/restore" "$@"

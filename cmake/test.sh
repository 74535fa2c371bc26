#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds the tests and the examples and runs the test suite, installing what it needs first.
#
#   sh cmake/test.sh [arguments of ctest]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
start=$(date +%s)
sh "$here/cmake/install_dependencies.sh" test

# -O1: half of the compiler's time, and the tests run hardly longer. Eight sources in one: a third of what is left.
cmake -S "$here" -B "$here/build/test" -G Ninja -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
  -D CMAKE_UNITY_BUILD=ON -D EQUIREG_BUILD_BENCHMARKS=OFF
cmake --build "$here/build/test"
built=$(date +%s)
status=0
ctest --test-dir "$here/build/test" --output-on-failure --parallel "$(nproc)" "$@" || status=$?
end=$(date +%s)
echo "equireg: built in $((built - start)) s, tested in $((end - built)) s, $((end - start)) s in all"
exit $status

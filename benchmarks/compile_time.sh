#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Seconds that a user waits for the compiler, one JSON line each; fails where one is over its limit.
#
#   sh benchmarks/compile_time.sh          CXX and CXXFLAGS are honoured; the best of three runs counts
set -eu
cd "$(dirname "$0")/.."
cxx=${CXX:-g++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

measure() {  # name, source, limit in seconds
  [ -e "$2" ] || { echo "compile_time.sh: $2 is missing" >&2; status=1; return; }
  best=
  for _ in 1 2 3; do
    start=$(date +%s%N)
    # shellcheck disable=SC2086
    "$cxx" -std=c++20 -O2 -fopenmp ${CXXFLAGS:-} -Iinclude -c "$2" -o "$scratch/out.o"
    spent=$((($(date +%s%N) - start) / 1000000))
    if [ -z "$best" ] || [ "$spent" -lt "$best" ]; then best=$spent; fi
  done
  verdict=true
  [ "$best" -le $(($3 * 1000)) ] || { verdict=false; status=1; }
  printf '{"name": "compile_time/%s", "compiler": "%s", "seconds": %d.%03d, "limit": %d, "within": %s}\n' \
    "$1" "$cxx" $((best / 1000)) $((best % 1000)) "$3" "$verdict"
}

echo '#include <equireg/equireg.hpp>' > "$scratch/umbrella.cpp"
measure umbrella "$scratch/umbrella.cpp" 4
measure quickstart examples/quickstart.cpp 8
exit $status

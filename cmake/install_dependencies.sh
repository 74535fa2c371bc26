#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian or Ubuntu packages that a purpose needs and that are missing; where it may not, says what to run.
#
#   sh cmake/install_dependencies.sh demo|test|benchmark|ci
set -eu

purpose=${1:-}
build="cmake ninja-build g++"
library="libxtensor-dev libxsimd-dev libxtensor-blas-dev libopenblas-openmp-dev libkissfft-dev
         libjansson-dev"
# oneDNN is used on x86-64 alone.
[ "$(uname -m)" != x86_64 ] || library="$library libdnnl-dev"
examples="libcli11-dev nlohmann-json3-dev libstb-dev zlib1g-dev dataset-fashion-mnist"
case $purpose in
  demo) packages="$build $library $examples" ;;
  test) packages="$build $library $examples catch2" ;;
  benchmark) packages="$build $library $examples libbenchmark-dev" ;;
  ci) packages="$build $library $examples catch2 libbenchmark-dev clang libomp-dev" ;;
  *) echo "usage: sh cmake/install_dependencies.sh demo|test|benchmark|ci" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
  # Nothing to install with: what is there is left to CMake to find, and what is missing to its message.
  cat >&2 <<END
equireg: this is no Debian or Ubuntu, so nothing was installed. Needed are: a C++20 compiler, CMake 3.22, Ninja, xtensor
(with xtl, xsimd), xtensor-blas, OpenBLAS, oneDNN, KissFFT, jansson; CLI11, nlohmann-json, stb, zlib for the examples; Catch2
for the tests; Google Benchmark for the benchmarks; the Fashion-MNIST files for the demo.
END
  exit 0
fi

missing=
for package in $packages; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
  as_root=sudo
else
  echo "equireg: packages are missing; run this as root, then again what you ran:" >&2
  echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi

# shellcheck disable=SC2086  # $missing is a list, $as_root may be no word at all
install() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null
}

echo "equireg: installing$missing"
known=true
for package in $missing; do
  apt-cache show "$package" >/dev/null 2>&1 || known=false
done
# Lists of packages that are there may be old: then an archive no longer has a file, and they are read again.
if ! $known || ! install; then
  $as_root apt-get update -q </dev/null
  install
fi

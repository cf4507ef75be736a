#!/usr/bin/env bash
# Rebuilds tests/data/vdso/: images of vdso.c, and what readelf says of their symbols.
#
#   RUN='<command>' make.sh WORK     as in ../make.sh; roots v3 and cross
set -euo pipefail
: "${RUN:?see the head of this script}"
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../../data/vdso
mkdir -p "$1" "$data"
cp "$here"/vdso.{c,lds} "$1"
flags='-O2 -g0 -ffreestanding -fno-stack-protector -fPIC -fvisibility=hidden -fasynchronous-unwind-tables -nostdlib
  -shared -Wl,-T,vdso.lds -Wl,-soname=linux-vdso.so.1 -Wl,--hash-style=both -Wl,--build-id -Wl,-z,max-page-size=4096'
build() { # ROOT PREFIX NAME FLAGS...
  local root=$1 prefix=$2 name=$3
  shift 3
  # shellcheck disable=SC2086
  $RUN "$root" "$work" ${prefix}gcc $flags "$@" vdso.c -o "$name"
  # shellcheck disable=SC2016
  $RUN "$root" "$work" bash -c 'readelf --version | head -1; readelf -W --dyn-syms "$0"' "$name" >"$data/$name.readelf"
  cp "$work/$name" "$data/"
}
work=$1
build v3 '' x86_64.so
build cross aarch64-linux-gnu- aarch64.so -fno-asynchronous-unwind-tables -fno-unwind-tables
build cross s390x-linux-gnu- s390x.so

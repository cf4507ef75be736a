#!/usr/bin/env bash
# Rebuilds tests/data/rseq/ and tests/golden/rseq/areas.json.
#
#   RUN='<command>' make.sh WORK     as in ../make.sh; roots v3 and cross
set -euo pipefail
: "${RUN:?see the head of this script}"
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/../..
data=$tests/data/rseq
mkdir -p "$1" "$data" "$tests/golden/rseq"
work=$1
cp "$here"/*.[ch] "$here"/*.py "$here/../runtime.h" "$work"
sed -i 's|"../runtime.h"|"runtime.h"|' "$work/rseq.c"
flags='-O2 -g0 -ffreestanding -fno-stack-protector -fasynchronous-unwind-tables -Wall -Wextra -nostdlib -Wl,--build-id
  -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -DQUIET'
library() { # ROOT PREFIX MACHINE
  # shellcheck disable=SC2086
  $RUN "$1" "$work" "$2gcc" $flags -c library.c -o "$3.o"
  # shellcheck disable=SC2086
  $RUN "$1" "$work" "$2gcc" $flags -fPIC -shared library.c -o "$3.so"
  cp "$work/$3".{o,so} "$data/"
}
library v3 '' x86_64
library cross aarch64-linux-gnu- aarch64
library cross s390x-linux-gnu- s390x
# shellcheck disable=SC2086
$RUN v3 "$work" gcc $flags -fPIC -shared -Wl,-z,pack-relative-relocs library.c -o x86_64_relr.so
cp "$work/x86_64_relr.so" "$data/"

# shellcheck disable=SC2086
$RUN v3 "$work" gcc $flags -static -DSIZE=28 rseq.c -o program
$RUN v3 "$work" bash -c 'ulimit -c unlimited; mkdir -p /srv/rseq; cp program /srv/rseq/
  env -i /srv/rseq/program; gdb -nx -batch -x gdb_areas.py program core; rm -r /srv/rseq' |
  sed -n 's/^JSON //p' >"$tests/golden/rseq/areas.json"
cp "$work/program" "$data/"
gzip -9n <"$work/core" >"$data/core.gz"

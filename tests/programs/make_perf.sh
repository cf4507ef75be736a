#!/usr/bin/env bash
# Rebuilds the captures of tests/data/perf and their goldens in tests/golden/perf.
#
#   RUN='<command>' make_perf.sh WORK
#
# WORK    a scratch directory
# RUN     runs a command in a toolchain root, as make.sh says. Root v3 also needs perf 7, and sysfs for it.
set -euo pipefail
: "${RUN:?see the head of this script}"
here=$(cd "$(dirname "$0")" && pwd)
tests=$(dirname "$here")
mkdir -p "$1" "$tests/data/perf" "$tests/golden/perf" && work=$(realpath "$1")
cp "$here/profile.c" "$work"
cat >"$work/record.sh" <<'SCRIPT'
set -e
gcc -O2 -g0 -ffreestanding -fno-stack-protector -fno-optimize-sibling-calls -fasynchronous-unwind-tables -static \
  -nostdlib -no-pie -Wl,--build-id -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code profile.c -o profile
record="perf record -q -e cpu-clock:u -F 499 --call-graph dwarf,1024"
$record -o plain.data ./profile
$record -z -o packed.data ./profile
$record -o - ./profile >stream.data
for name in plain packed stream; do
  perf script -i $name.data --max-stack 65535 --no-inline -F comm,pid,tid,time,period,event,ip,sym,symoff,dso >$name.text
done
perf --version >version
SCRIPT
$RUN v3 "$work" bash record.sh
cp "$work/profile" "$tests/data/perf/"
for name in plain packed stream; do
  cp "$work/$name.data" "$tests/data/perf/"
  {
    echo "# $(cat "$work/version"): perf script -i $name.data --max-stack 65535 --no-inline -F comm,pid,tid,time,period,event,ip,sym,symoff,dso"
    cat "$work/$name.text"
  } >"$tests/golden/perf/$name.text"
done

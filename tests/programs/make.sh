#!/usr/bin/env bash
# Rebuilds the core fixtures: tests/data/cores/<name>/ and tests/golden/cores/<name>.json.
#
#   RUN='<command>' make.sh WORK [NAME...]
#
# WORK    a scratch directory; all that is built stays there
# NAME    only these fixtures (default: all)
# RUN     runs a command in a toolchain root: `$RUN ROOT DIR COMMAND...` with DIR as the working directory, mounted at
#         /mnt, as root. Roots:
#           v1     gcc, aarch64-linux-gnu-gcc; binutils 2.40 (SFrame V1)
#           v2     gcc, aarch64-linux-gnu-gcc; binutils 2.44 (SFrame V2)
#           v3     gcc, binutils 2.46 or later (SFrame V3); gdb, eu-stack
#           cross  aarch64-linux-gnu-gcc, s390x-linux-gnu-gcc (V3); qemu-user; gdb-multiarch
#
# The kernel must write cores as `core` in the working directory (kernel.core_pattern=core). Programs for other machines
# run under qemu-user, which writes its own cores. Needs deno, gzip and zstd on this side.
set -euo pipefail
: "${RUN:?see the head of this script}"
here=$(cd "$(dirname "$0")" && pwd)
tests=$(dirname "$here")
mkdir -p "$1" && work=$(realpath "$1") && shift
wanted=" $* "

common="-O2 -g0 -ffreestanding -fno-stack-protector -fno-optimize-sibling-calls -fasynchronous-unwind-tables"
common+=" -Wall -Wextra -Wno-infinite-recursion -Wno-unknown-warning-option -Wa,--gsframe"
common+=" -nostdlib -Wl,--build-id -Wl,-z,max-page-size=4096"

# fixture NAME TOOLCHAIN MACHINE "SOURCES" FLAGS...
fixture() {
  local name=$1 toolchain=$2 machine=$3 sources=$4
  shift 4
  [[ $wanted == "  " || $wanted == *" $name "* ]] || return 0
  local flags="$common $*" dir=$work/$name prefix='' runner='' runs_in=$toolchain debugger=gdb
  case $machine in
    x86_64) ;;
    aarch64_be) prefix=aarch64-linux-gnu- flags+=" -mbig-endian" runner=qemu-aarch64_be ;;
    aarch64) prefix=aarch64-linux-gnu- runner=qemu-aarch64 ;;
    *) prefix=$machine-linux-gnu- runner=qemu-$machine ;;
  esac
  [[ -z $runner ]] || { runs_in=cross; debugger=gdb-multiarch; }
  rm -rf "$dir" && mkdir -p "$dir"
  cp "$here"/*.[ch] "$here"/*.cc "$here"/gdb_frames.py "$dir"
  [[ $machine != aarch64* ]] || flags+=" -mno-outline-atomics"
  local main=${sources%% *} compiler=gcc bare=
  [[ $main == *.cc ]] && compiler=g++
  local program=${main%.*} place=.
  [[ $name == demo ]] && place=/srv/photos/bin
  # The second source, if any, gets no tables but frame pointers.
  [[ $sources == *" "* ]] && bare="${sources#* }"
  cat >"$dir/build.sh" <<BUILD
set -e
if [ -n "$bare" ]; then
  $prefix$compiler ${flags//-Wa,--gsframe/} -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-omit-frame-pointer -c $bare -o bare.o
  set -- bare.o
fi
$prefix$compiler $flags $main "\$@" -o $program 2>build.log || { cat build.log; exit 1; }
{ $prefix$compiler --version | head -1; $prefix$compiler -Wa,--version -c -x c /dev/null -o null.o | head -1; } >versions.txt
BUILD
  cat >"$dir/dump.sh" <<DUMP
ulimit -c unlimited
rm -f core *.core
if [ $place != . ]; then mkdir -p $place && cp $program $place/; fi
env -i $runner $place/$program >printed.txt
[ -e core ] || mv *.core core
DUMP
  cat >"$dir/oracles.sh" <<ORACLES
$debugger --version | head -1 >gdb.version
$debugger -nx -batch -x gdb_frames.py $program core >gdb.txt 2>gdb.log || true
eu-stack --version 2>/dev/null | head -1 >eu.version
eu-stack -n 0 --core=core --executable=$program >eu.txt 2>eu.log || true
if [ $place != . ]; then rm -r /srv/photos; fi
ORACLES
  $RUN "$toolchain" "$dir" bash build.sh
  $RUN "$runs_in" "$dir" bash dump.sh 2>"$dir/dump.log" || { cat "$dir/dump.log"; exit 1; }
  $RUN "$([[ -n $runner ]] && echo cross || echo v3)" "$dir" bash oracles.sh
  if [[ -n $runner ]]; then # eu-stack is in the other root
    $RUN v3 "$dir" bash -c "$(grep eu-stack "$dir/oracles.sh")"
  fi
  local data=$tests/data/cores/$name
  rm -rf "$data" && mkdir -p "$data" "$tests/golden/cores"
  if [[ $name == demo ]]; then
    mkdir -p "$data$place" && cp "$dir/$program" "$data$place/"
    zstd -q -19 --no-progress "$dir/core" -o "$data/core.zst"
  else
    cp "$dir/$program" "$data/program"
    gzip -9nc "$dir/core" >"$data/core.gz"
  fi
  deno run --quiet "--allow-read=$dir" "--allow-write=$tests/golden/cores" "$here/golden.ts" \
    "$name" "$machine" "$program" "$debugger" "$flags" "$dir" "$tests/golden/cores/$name.json"
}

# No SFrame and no .eh_frame: what is left is .debug_frame, compressed.
debug_frame="-Wa,--gsframe=no -fno-asynchronous-unwind-tables -fno-unwind-tables -g1"
for version in v1 v2 v3; do
  fixture $version-x86_64-threads $version x86_64 threads.c -static
  fixture $version-x86_64-signal $version x86_64 signal.c -static-pie -fpie
done
for toolchain in v1 v2 cross; do
  version=${toolchain/cross/v3}
  fixture $version-aarch64-threads $toolchain aarch64 threads.c -static
  fixture $version-aarch64-signal $toolchain aarch64 signal.c -static
done
fixture v3-x86_64-signal-cfi v3 x86_64 signal.c -static -DRESTORER_CFI -Wl,--no-eh-frame-hdr
fixture v3-x86_64-signal-thread v3 x86_64 signal.c -static -DON_THREAD
fixture v3-x86_64-framepointer v3 x86_64 threads.c -static-pie -fpie -O0 -fno-omit-frame-pointer
fixture v3-x86_64-null v3 x86_64 nullcall.c -static-pie -fpie -DTARGET=0
fixture v3-x86_64-data v3 x86_64 nullcall.c -static-pie -fpie -DTARGET=1
fixture v3-x86_64-unmapped v3 x86_64 nullcall.c -static -DTARGET=2
fixture v3-x86_64-noframe v3 x86_64 "noframe.c noframe_bare.c" -static
fixture v3-aarch64-pac cross aarch64 threads.c -static -mbranch-protection=pac-ret
fixture v3-aarch64-signal-pac cross aarch64 signal.c -static -mbranch-protection=pac-ret -DON_THREAD
fixture v3-aarch64-signal-vdso cross aarch64 signal.c -static -DNO_RESTORER
fixture v3-aarch64-null cross aarch64 nullcall.c -static -DTARGET=0
fixture v3-aarch64-data cross aarch64 nullcall.c -static-pie -fpie -DTARGET=1
fixture v3-aarch64-noframe cross aarch64 "noframe.c noframe_bare.c" -static
fixture v3-aarch64_be-threads cross aarch64_be threads.c -static
fixture v3-s390x-threads cross s390x threads.c -static
fixture v3-s390x-signal cross s390x signal.c -static
fixture v3-s390x-signal-vdso cross s390x signal.c -static -DNO_RESTORER -DON_THREAD
fixture v3-s390x-null cross s390x nullcall.c -static -DTARGET=0
fixture v3-s390x-data cross s390x nullcall.c -static-pie -fpie -DTARGET=1
fixture v3-x86_64-debugframe v3 x86_64 threads.c -static $debug_frame -gz=zlib
fixture v3-aarch64-debugframe cross aarch64 threads.c -static $debug_frame -gz=zstd
fixture demo v3 x86_64 thumbnailer.cc -static-pie -fpie -fno-exceptions -fno-rtti -DQUIET
du -sh "$tests/data/cores" "$tests/golden/cores"

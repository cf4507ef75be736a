#!/usr/bin/env bash
# Rebuilds the fixtures of source lines: tests/data/dwarf/<name>/ and tests/golden/dwarf/<name>.json.
#
#   RUN='<command>' make_dwarf.sh WORK [NAME...]
#
# WORK    a scratch directory; all that is built stays there
# NAME    only these fixtures (default: all)
# RUN     runs a command in a toolchain root, as make.sh says; v1 must have gdb 13 and dwp. `dwz`, `clang++` and this
#         side's gdb 13 are taken from here.
set -euo pipefail
: "${RUN:?see the head of this script}"
here=$(cd "$(dirname "$0")" && pwd)
tests=$(dirname "$here")
mkdir -p "$1" && work=$(realpath "$1") && shift
wanted=" $* "
common="-O2 -ffreestanding -fno-stack-protector -fno-exceptions -fno-asynchronous-unwind-tables -fno-pie"
common+=" -ffile-prefix-map=/mnt=/src"
link="-nostdlib -static -no-pie -Wl,-z,max-page-size=4096 -Wl,--build-id=none"

# fixture NAME ROOT PREFIX DEBUGGER "FLAGS" "AFTER": AFTER runs on this side behind the build
fixture() {
  local name=$1 root=$2 prefix=$3 debugger=$4 flags=$5 after=${6:-true}
  [[ $wanted == "  " || $wanted == *" $name "* ]] || return 0
  local dir=$work/$name in="$RUN $root" asks="$RUN v1"
  [[ $root == host ]] && in="here"
  [[ $root == cross ]] && asks="$RUN cross"
  rm -rf "$dir" && mkdir -p "$dir"
  cp "$here"/lines.{cc,h} "$here/outside.c" "$here/gdb_lines.py" "$dir"
  local cc=${prefix}gcc cxx=${prefix}g++
  [[ $root == host ]] && cc=clang-14 cxx=clang++-14
  cat >"$dir/build.sh" <<BUILD
set -e
$cxx $common $flags -c lines.cc -o lines.o
$cc $common $flags -c outside.c -o outside.o
$cc $link $flags lines.o outside.o -o program
$cc --version | head -1 >versions.txt
BUILD
  # There is no C++ for other machines.
  [[ $root != cross ]] || sed -i "/lines.cc/d; s/lines.o //; s/-c outside.c/-DALONE &/" "$dir/build.sh"
  [[ $root != host ]] || sed -i "s|map=/mnt=|map=$dir=|g" "$dir/build.sh"
  $in "$dir" bash build.sh
  (cd "$dir" && eval "$after")
  $asks "$dir" bash -c "$debugger --version | head -1 >gdb.version; $debugger -nx -batch -x gdb_lines.py program >gdb.txt 2>gdb.log || true"
  local data=$tests/data/dwarf/$name
  rm -rf "$data" && mkdir -p "$data" "$tests/golden/dwarf"
  (cd "$dir" && rm -f ./*.o && for one in program *.dwo *.dwp *.debug; do [[ ! -e $one ]] || cp "$one" "$data/"; done)
  python3 - "$dir" "$name" "$common $flags" "$debugger" >"$tests/golden/dwarf/$name.json" <<'PYTHON'
import json, sys
folder, name, flags, debugger = sys.argv[1:]
read = lambda one: open(f"{folder}/{one}").read().strip()
lines = [one for one in read("gdb.txt").splitlines() if one.startswith("LINES ")]
stretches = json.loads(lines[0][6:])
head = {"name": name, "toolchain": read("versions.txt"), "flags": flags, "tool": read("gdb.version"),
        "command": f"{debugger} -nx -batch -x gdb_lines.py program"}
print(json.dumps(head)[:-1] + ', "stretches": [\n' + ",\n".join(json.dumps(one) for one in stretches) + "\n]}")
PYTHON
  echo "$name: $(grep -c '^\["0x' "$tests/golden/dwarf/$name.json") stretches, $(du -sb "$data" | cut -f1) bytes"
}

here() { (cd "$1" && shift && "$@"); }

fixture gcc12-v5 v1 "" gdb "-gdwarf-5"
fixture gcc12-v4 v1 "" gdb "-gdwarf-4"
fixture gcc12-v3 v1 "" gdb "-gdwarf-3 -gno-strict-dwarf"
fixture gcc12-64 v1 "" gdb "-g -gdwarf64"
fixture gcc12-types v1 "" gdb "-gdwarf-5 -fdebug-types-section"
fixture gcc12-split5 v1 "" gdb "-gdwarf-5 -gsplit-dwarf"
fixture gcc12-split4-dwp v1 "" gdb "-gdwarf-4 -gsplit-dwarf" "dwp -e program -o program.dwp && mkdir gone && mv *.dwo gone/"
fixture gcc12-dwz v1 "" gdb "-gdwarf-5" "cp program other && dwz -m common.debug -M common.debug program other"
fixture gcc14-v5 v2 "" gdb "-gdwarf-5"
fixture gcc16-zlib v3 "" gdb "-gdwarf-5 -gz=zlib"
fixture gcc16-zstd v3 "" gdb "-gdwarf-5 -gz=zstd"
fixture clang14-v5 host "" gdb "-gdwarf-5"
fixture clang14-split5 host "" gdb "-gdwarf-5 -gsplit-dwarf"
fixture s390x-v5 cross s390x-linux-gnu- gdb-multiarch "-gdwarf-5"

#!/usr/bin/env bash
# Makes the linked files of this folder. Run in each toolchain root with its name: v1, v2, v3 (binutils 2.40, 2.44, 2.47)
# and cross (2.47 for other machines): make.sh NAME.
set -e
link="-z noseparate-code --build-id=none --strip-debug"
flags="-O2 -w -fno-builtin -fno-stack-protector -Wa,--gsframe"
case $1 in
cross)
  aarch64-linux-gnu-gcc $flags -mbranch-protection=pac-ret+b-key -c frames.c -o frames.o
  aarch64-linux-gnu-ld $link -z max-page-size=4096 frames.o -o aarch64-v3 --unresolved-symbols=ignore-all
  s390x-linux-gnu-gcc $flags -c frames.c -o frames.o
  s390x-linux-gnu-ld $link frames.o -o s390x-v3 --unresolved-symbols=ignore-all
  ;;
*)
  as --gsframe rows.s -o rows.o 2>/dev/null
  ld $link -e plain rows.o -o rows-$1
  gcc $flags -c frames.c -o frames.o
  ld $link frames.o -o amd64-$1 --unresolved-symbols=ignore-all
  gcc $flags -fPIC -c plt.c -o plt.o
  ld $link -shared plt.o -o plt-$1
  gcc $flags -fPIC -fcf-protection=branch -c plt.c -o plt.o
  ld $link -shared -z ibtplt plt.o -o plt-ibt-$1
  if [ "$1" != v3 ]; then
    aarch64-linux-gnu-gcc $flags -mbranch-protection=pac-ret -c frames.c -o frames.o
    aarch64-linux-gnu-ld $link -z max-page-size=4096 frames.o -o aarch64-$1 --unresolved-symbols=ignore-all
  fi
  ;;
esac
rm -f ./*.o

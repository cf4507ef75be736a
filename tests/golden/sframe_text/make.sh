#!/bin/sh
# Makes the files of this folder with the binutils at hand: sh make.sh RELEASE VERSION
#   2.40 v1, 2.44 v2 (Debian bookworm, trixie), 2.47 v3 (Debian sid, with cross binutils)
# Sources are those of ../../data/sframe with less space between the functions.
set -e
release=$1 version=$2
command -v as >/dev/null && as --gsframe amd64.s -o amd64_$version.o && [ $version = v3 ] && {
  ld -shared -z noseparate-code -z max-page-size=4096 amd64_v3.o -o amd64_v3.so
  cp amd64_v3.o member_with_a_long_name.o
  ar rcs amd64_v3.a amd64_v3.o member_with_a_long_name.o
  rm member_with_a_long_name.o
}
command -v aarch64-linux-gnu-as >/dev/null && aarch64-linux-gnu-as --gsframe aarch64.s -o aarch64_$version.o
command -v s390x-linux-gnu-as >/dev/null && [ $version = v3 ] && s390x-linux-gnu-as --gsframe s390x.s -o s390x_v3.o
for file in *.o *.so *.a; do
  readelf --sframe $file >$file.$release.txt 2>/dev/null && [ -s $file.$release.txt ] || rm -f $file.$release.txt
done
readelf --version | head -1

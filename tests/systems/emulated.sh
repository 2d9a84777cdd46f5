#!/bin/sh
# Runs a program where ARM64 programs, and those that they start, are run by an
# emulator, which nobody outside sees:
#
#     emulated.sh FOLDER PROGRAM ARGUMENT…
#
# FOLDER has the emulator and ARM64's C library, as Debian's packages name them.
# It is run by "unshare --user --map-root-user --mount".
set -e
binfmt=/proc/sys/fs/binfmt_misc
mount -t binfmt_misc binfmt_misc "$binfmt"
emulator=$(cd "$1/usr/bin" && ls -d qemu-aarch64-static 2>/dev/null || echo qemu-aarch64)
# Its address is a relative one, since only 127 bytes of it are kept; F opens it
# now. What follows M is how an ARM64 program begins, and which bits of that count.
(
  cd "$1/usr/bin"
  printf %s ":arm64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$emulator:F" >"$binfmt/register"
)
export QEMU_LD_PREFIX="$1/usr/aarch64-linux-gnu"
shift
exec "$@"

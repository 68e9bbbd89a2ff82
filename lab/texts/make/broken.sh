#!/bin/bash
# broken.sh SETUP COMMAND…: runs COMMAND in a copy of this system in which SETUP was done first (in a mount namespace of its own).
set -e
mkdir -p /run/broken
mount -t tmpfs tmpfs /run/broken
mkdir /run/broken/upper /run/broken/work /run/broken/root
mount -t overlay overlay -o lowerdir=/,upperdir=/run/broken/upper,workdir=/run/broken/work /run/broken/root
mount --bind /proc /run/broken/root/proc; mount --bind /dev /run/broken/root/dev
cd /run/broken/root
eval "$1" >/dev/null 2>&1
shift
exec chroot /run/broken/root "$@"

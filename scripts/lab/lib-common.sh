# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every part of the lab shares: how it speaks, and the rules of the cache.
#
# The cache holds finished things only. A thing is built in a directory under
# tmp/, renamed to NAME-KEY (KEY: a hash of the packages and of the recipe that
# made it), and then named by a symbolic link NAME, swapped by rename. So an
# interruption at any point leaves either the old thing or the new one, and a
# half-built one is rubbish in tmp/ that the next builder removes.
#
# Two locks: build.lock (exclusive, one builder at a time) and use.lock (shared
# while a run reads images, exclusive while clean removes them).

# Set where this process ends by its own will and has said why (on_exit reads it).
# shellcheck disable=SC2034
OVER=''

say() { printf 'lab: %s\n' "$*" >&2; }
# shellcheck disable=SC2034
give_up() { OVER=1; exit "$1"; }
die() { say "$*"; give_up 1; }
usage() { say "$*"; say "see: lab help"; give_up 2; }

# Fails with 125: L1 did not come up, so SCRIPT never had a say.
die_boot() { say "$*"; give_up 125; }

LAB_CACHE=${GICV4TOP_CACHE:-${XDG_CACHE_HOME:-${HOME:?cannot find the cache: set GICV4TOP_CACHE}/.cache}/gicv4top}

cache_init() {
	mkdir -p "$LAB_CACHE/tmp" "$LAB_CACHE/debs" "$LAB_CACHE/apt" ||
		die "cannot make the cache directory $LAB_CACHE: set GICV4TOP_CACHE to one that can be written"
	LAB_CACHE=$(realpath "$LAB_CACHE")
}

# Takes the builder's lock for the rest of this process; safe to call again.
lock_build() {
	[[ -z ${LAB_BUILD_FD:-} ]] || return 0
	cache_init
	exec {LAB_BUILD_FD}>"$LAB_CACHE/build.lock"
	if ! flock -n "$LAB_BUILD_FD"; then
		say "waiting for another lab that prepares images in $LAB_CACHE"
		flock "$LAB_BUILD_FD"
	fi
	# Nobody else builds now: whatever lies there was left by an interruption.
	rm -rf "${LAB_CACHE:?}/tmp/"*
}

lock_use() {	# -s | -x
	cache_init
	exec {LAB_USE_FD}>"$LAB_CACHE/use.lock"
	flock "$1" "$LAB_USE_FD"
}

unlock_use() { exec {LAB_USE_FD}>&-; }

hash_of() { sha256sum | cut -c1-16; }

# publish NAME KEY DIR: makes the finished DIR the current NAME.
publish() {
	local name=$1 key=$2 dir=$3

	rm -rf "${LAB_CACHE:?}/$name-$key"
	mv -T "$dir" "$LAB_CACHE/$name-$key"
	point_at "$name" "$key"
}

point_at() {	# NAME KEY
	ln -s "$1-$2" "$LAB_CACHE/tmp/link.$$"
	mv -T "$LAB_CACHE/tmp/link.$$" "$LAB_CACHE/$1"
}

# Prints seconds since an earlier $SECONDS, for progress lines.
took() { printf '%d s' $((SECONDS - $1)); }

# pack_cpio DIR: an uncompressed newc archive of DIR on stdout, owned by root.
pack_cpio() {
	(cd "$1" && find . -mindepth 1 -print0 | sort -z |
		cpio --null --create --format=newc --owner=+0:+0 --quiet)
}

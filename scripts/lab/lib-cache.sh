# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The commands that manage the cache: fetch, prepare, path, list, clean.

lab_fetch() {	# WHAT [NAME]
	local k

	case ${1:-all} in
	sysroot | root | tools) refresh "$1" ;;
	kernel) is_stock "${2:-}"; refresh "kernel-$2" ;;
	all)
		refresh sysroot
		refresh root
		[[ ! -e $LAB_CACHE/tools ]] || refresh tools
		for k in "${STOCK_KERNELS[@]}"; do refresh "kernel-$k"; done
		;;
	*) usage "cannot fetch $1: it is sysroot, root, tools, kernel NAME or all" ;;
	esac
}

# In a process of its own, so that a failure on the way can be survived: with a
# copy in the cache, an archive out of reach is no reason to stop.
refresh() {	# sysroot | root | tools | kernel-NAME
	"$LAB_DIR/lab" refresh "$1" && return
	[[ -e $LAB_CACHE/$1/recipe ]] || exit 1
	say "cannot refresh $1; going on with the copy of $(date -r "$LAB_CACHE/$1/recipe" +%F)"
}

lab_refresh() {
	case $1 in
	kernel-*) ensure_kernel "${1#kernel-}" --refresh ;;
	*) ensure_tree "$1" --refresh ;;
	esac
}

is_stock() {
	stock_kernel "$1" >/dev/null || usage "no stock kernel ${1:-(no name given)}: it is one of ${STOCK_KERNELS[*]}"
}

# What runs of these kernels need, without a word when all is there.
lab_prepare() {	# KERNEL...
	local k

	(($#)) || set -- stock-6.12
	for k; do
		[[ -e $k ]] || is_stock "$k"
	done
	ensure_tree root
	for k; do
		[[ -e $k ]] || ensure_kernel "$k"
	done
}

lab_path() {	# sysroot | root | tools | kernel NAME
	case ${1:-} in
	sysroot | root | tools) ensure_tree "$1"; realpath "$LAB_CACHE/$1" ;;
	kernel) is_stock "${2:-}"; ensure_kernel "$2"; realpath "$LAB_CACHE/kernel-$2" ;;
	*) usage "cannot tell the path of ${1:-nothing}: it is sysroot, root, tools or kernel NAME" ;;
	esac
}

lab_list() {
	local d name mark

	cache_init
	printf 'cache %s: %s\n' "$LAB_CACHE" "$(du -sh "$LAB_CACHE" | cut -f1)"
	for d in "$LAB_CACHE"/*-????????????????; do
		[[ -d $d ]] || continue
		name=${d##*/}
		name=${name%-*}
		mark=superseded
		[[ $(realpath "$LAB_CACHE/$name" 2>/dev/null) == "$d" ]] && mark=current
		printf '%-22s %-11s %5s  %s  %s\n' "$name" "$mark" "$(du -sh "$d" | cut -f1)" \
			"$(date -r "$d" +%F)" "$(cat "$d/release" 2>/dev/null || true)"
	done
	printf '%-22s %-11s %5s\n' packages "" "$(du -sh "$LAB_CACHE/debs" | cut -f1)"
}

# What runs that were killed outright left in the temporary directory. A run
# holds a lock as long as any of its processes lives: others' are never touched.
clean_dead_runs() {
	local d fd

	for d in "${TMPDIR:-/tmp}"/gicv4top-lab.??????; do
		[[ -O $d && -e $d/lock ]] || continue
		exec {fd}<"$d/lock"
		if flock -n "$fd"; then
			rm -rf "$d"
		fi
		exec {fd}<&-
	done
}

# Removes what no run needs any more: superseded images, fetched packages, the
# remains of dead runs. With --all, the whole cache.
lab_clean() {	# [--all]
	local d name

	[[ $# -eq 0 || $1 == --all ]] || usage "unknown option of clean: $1"
	clean_dead_runs
	lock_build
	lock_use -x
	if [[ ${1:-} == --all ]]; then
		find "$LAB_CACHE" -mindepth 1 -maxdepth 1 ! -name '*.lock' -exec rm -rf {} +
		return
	fi
	for d in "$LAB_CACHE"/*-????????????????; do
		name=${d##*/}
		name=${name%-*}
		[[ ! -d $d || $(realpath "$LAB_CACHE/$name" 2>/dev/null) == "$d" ]] || rm -rf "$d"
	done
	rm -rf "$LAB_CACHE/debs" "$LAB_CACHE"/apt/*/cache
}

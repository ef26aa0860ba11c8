# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The trees made from packages of the build host's own release:
#
# sysroot	what the cross compiler needs (headers and libraries of arm64);
# root		root/base.cpio, the userland of L1: busybox, the QEMU that runs L2,
#		bpftool, a few tools of util-linux, and the libraries of gicv4top;
# tools		tools/base.cpio, behind that one where a run asks for it (--tools):
#		the tracers that gicv4top is measured beside.
#
# Of the hundred packages that QEMU pulls in, root keeps only the wanted programs
# and the libraries they (transitively) name as NEEDED: L1 unpacks this archive
# under emulation, so each megabyte costs time at every boot.

SYSROOT_PACKAGES=(libc6-dev linux-libc-dev libbpf-dev libelf-dev zlib1g-dev libjson-c-dev libncurses-dev
	libtracefs-dev libtraceevent-dev libtracecmd-dev)

# The -dev packages name the run-time libraries, whose own package names differ
# between releases.
ROOT_PACKAGES=(busybox-static qemu-system-arm bpftool util-linux ncurses-base
	libbpf-dev libelf-dev zlib1g-dev libjson-c-dev libncurses-dev
	libtracefs-dev libtraceevent-dev libtracecmd-dev)

ROOT_PROGRAMS=(busybox qemu-system-aarch64 bpftool setpriv taskset chrt)

# Loaded by name, or wanted by what is copied in later (gicv4top, its tests).
ROOT_LIBRARIES=('libbpf.so.[0-9]' 'libelf.so.[0-9]' 'libz.so.[0-9]' 'libjson-c.so.[0-9]'
	'libncursesw.so.[0-9]' 'libtinfo.so.[0-9]' 'libtracefs.so.[0-9]' 'libtraceevent.so.[0-9]'
	'libtracecmd.so.[0-9]' 'libc.so.[0-9]' 'libm.so.[0-9]' 'libgcc_s.so.[0-9]'
	'libpthread.so.[0-9]' 'libdl.so.[0-9]' 'librt.so.[0-9]' 'ld-linux-aarch64.so.[0-9]')

TOOLS_PACKAGES=(bpftrace linux-perf trace-cmd)

# Where perf is a script, it looks for perf_VERSION.
TOOLS_PROGRAMS=(bpftrace 'perf*' trace-cmd)

ROOT_TERMS=(l/linux v/vt100 v/vt220 x/xterm x/xterm-256color s/screen s/screen-256color
	t/tmux t/tmux-256color d/dumb)

# Changes when the way the trees are made changes.
recipe_of() {	# NAME
	case $1 in
	sysroot) { declare -f build_sysroot relative_links; echo "${SYSROOT_PACKAGES[@]}"; } ;;
	root)
		declare -f build_root copy_programs copy_libraries merge_usr
		echo "${ROOT_PACKAGES[@]}" "${ROOT_PROGRAMS[@]}" "${ROOT_LIBRARIES[@]}" "${ROOT_TERMS[@]}"
		;;
	tools)
		declare -f build_tools copy_programs copy_libraries merge_usr
		echo "${TOOLS_PACKAGES[@]}" "${TOOLS_PROGRAMS[@]}"
		;;
	esac | hash_of
}

# Makes absolute links of the tree relative: outside a chroot they would point
# into the machine that builds.
relative_links() {	# DIR
	local link target

	while IFS= read -r -d '' link; do
		target=$(readlink "$link")
		ln -sfn --relative "$1$target" "$link"
	done < <(find "$1" -type l -lname '/*' -print0)
}

# dpkg-deb unpacks into /lib and /usr/lib alike on a release before the merge.
merge_usr() {	# DIR
	local d

	mkdir -p "$1/usr"
	for d in bin sbin lib; do
		if [[ -d $1/$d && ! -L $1/$d ]]; then
			mkdir -p "$1/usr/$d"
			cp -a --link "$1/$d/." "$1/usr/$d/"
			rm -rf "${1:?}/$d"
		fi
		[[ ! -d $1/usr/$d ]] || ln -sfn "usr/$d" "$1/$d"
	done
}

build_sysroot() {	# LIST DIR
	apt_unpack "$2" <"$1"
	merge_usr "$2"
	relative_links "$2"
	(cd "$2" && rm -rf usr/share var etc)
}

# Copies the programs of these patterns, all but scripts.
copy_programs() {	# FROM TO PATTERN...
	local from=$1 to=$2 p path found

	shift 2
	mkdir -p "$to/usr/bin"
	for p; do
		found=''
		while IFS= read -r path; do
			[[ $(head -c 2 "$path" | tr -d '\0') != '#!' ]] || continue
			cp -L "$path" "$to/usr/bin/${path##*/}"
			found=1
		done < <(find "$from/usr" -maxdepth 2 -path "*bin/$p" | sort)
		[[ -n $found ]] || die "cannot build a tree of L1: no $p in its packages"
	done
}

# Copies the libraries of these patterns and all that is NEEDED by what was copied so far.
copy_libraries() {	# FROM TO PATTERN...
	local from=$1 to=$2 lib=usr/lib/aarch64-linux-gnu todo=() so path seen=' '

	shift 2
	mkdir -p "$to/$lib"
	for so; do
		while IFS= read -r path; do
			todo+=("${path##*/}")
		done < <(find "$from/$lib" -maxdepth 1 -name "$so")
	done
	while read -r so; do todo+=("$so"); done < <(needed "$to"/usr/bin/*)
	while ((${#todo[@]})); do
		so=${todo[0]}
		todo=("${todo[@]:1}")
		[[ $seen == *" $so "* ]] && continue
		seen+="$so "
		path=$(find "$from/$lib" "$from/usr/lib" -name "$so" -print -quit)
		[[ -n $path ]] || die "cannot build a tree of L1: no package brings $so"
		cp -L "$path" "$to/$lib/$so"
		while read -r so; do todo+=("$so"); done < <(needed "$path")
	done
}

# readelf of any architecture reads the files of every other.
needed() { readelf -d "$@" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u; }

build_root() {	# LIST DIR
	local from=$2/unpacked root=$2/tree t path

	apt_unpack "$from" <"$1"
	merge_usr "$from"
	mkdir -p "$root"/{usr/{bin,sbin,lib/modules,lib/lab},proc,sys,dev,run,tmp,root,out,etc,lab}
	merge_usr "$root"
	copy_programs "$from" "$root" "${ROOT_PROGRAMS[@]}"
	copy_libraries "$from" "$root" "${ROOT_LIBRARIES[@]}"
	ln -sf "aarch64-linux-gnu/$(cd "$root/usr/lib/aarch64-linux-gnu" && echo ld-linux-aarch64.so.*)" "$root/usr/lib/"
	mkdir -p "$root/usr/share/terminfo"
	for t in "${ROOT_TERMS[@]}"; do
		path=$(find "$from/lib/terminfo/" "$from/usr/share/terminfo/" -path "*/$t" -print -quit 2>/dev/null) || true
		[[ -z $path ]] || install -D -m 644 "$path" "$root/usr/share/terminfo/$t"
	done
	ln -s busybox "$root/usr/bin/sh"
	ln -sf ../bin/busybox "$root/usr/sbin/modprobe"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>"$root/etc/passwd"
	cp -L "$root/usr/bin/busybox" "$2/busybox"
	pack_cpio "$root" >"$2/base.cpio"
	rm -rf "$from" "$root"
}

build_tools() {	# LIST DIR
	local from=$2/unpacked root=$2/tree

	apt_unpack "$from" <"$1"
	merge_usr "$from"
	copy_programs "$from" "$root" "${TOOLS_PROGRAMS[@]}"
	copy_libraries "$from" "$root"
	# one name, whatever the package's version
	[[ -e $root/usr/bin/perf ]] || mv "$root"/usr/bin/perf_* "$root/usr/bin/perf"
	pack_cpio "$root" >"$2/base.cpio"
	rm -rf "$from" "$root"
}

# ensure_tree NAME [--refresh]: makes sure that the current tree NAME exists and
# was made by the present recipe; with --refresh also of the newest packages.
# Touches the network only when something is missing or --refresh says so.
ensure_tree() {
	local name=$1 refresh=${2:-} suite packages=() list key t=$SECONDS

	[[ -z $refresh && $(cat "$LAB_CACHE/$name/recipe" 2>/dev/null) == "$(recipe_of "$name")" ]] && return
	lock_build
	[[ -z $refresh && $(cat "$LAB_CACHE/$name/recipe" 2>/dev/null) == "$(recipe_of "$name")" ]] && return
	suite=$(host_suite)
	case $name in
	sysroot) packages=("${SYSROOT_PACKAGES[@]}") ;;
	root) packages=("${ROOT_PACKAGES[@]}") ;;
	tools) packages=("${TOOLS_PACKAGES[@]}") ;;
	esac
	apt_refresh "$suite"
	list=$LAB_CACHE/tmp/$name.list
	apt_resolve "$suite" "${packages[@]}" >"$list"
	[[ -s $list ]] || die "cannot resolve the packages of $name in $suite: ${packages[*]}"
	key=$({ cat "$list"; recipe_of "$name"; } | hash_of)
	if [[ -e $LAB_CACHE/$name-$key/recipe ]]; then
		point_at "$name" "$key"
		return
	fi
	apt_download "$suite" "packages of $name" -d install "${packages[@]}" <"$list"
	say "building $name"
	"build_$name" "$list" "$LAB_CACHE/tmp/$name"
	cp "$list" "$LAB_CACHE/tmp/$name/packages"
	recipe_of "$name" >"$LAB_CACHE/tmp/$name/recipe"
	publish "$name" "$key" "$LAB_CACHE/tmp/$name"
	say "$name is ready: $(du -sh "$LAB_CACHE/$name-$key" | cut -f1) ($(took "$t"))"
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Kernels: each becomes a directory kernel-NAME with
#
# Image		what QEMU boots (L1, and L2 unless told otherwise)
# l1.cpio	for L1: its modules, and for L2: l2.img and the Image
# release	the kernel's release, as uname -r says
#
# A stock kernel is found by the pattern of its package name, newest version;
# names with a full version vanish from the archive and are written nowhere.
# A kernel from a file brings no modules: what the lab needs must be built in.

# What L1 and L2 may want to load; dependencies are resolved from the kernel's own
# tables. A name that a kernel has built in, or has not, is no error here.
LAB_MODULES=(virtio_mmio virtio_pci virtio_console 9p 9pnet_virtio
	vfio-pci vfio_iommu_type1 nvme virtio_net e1000e
	vhost_vsock vmw_vsock_virtio_transport
	# asked for by other modules at run time, by these aliases (6.1)
	crypto-crct10dif crypto-crc64-rocksoft crypto-crc32c)

# Where a stock kernel comes from: "SUITE PATTERN"
stock_kernel() {	# NAME
	local host

	host=$(host_suite)
	case $1 in
	stock-6.12) echo "$host" '^linux-image-6\.12\.[0-9]+[^-]*-arm64$' ;;
	stock-6.1) echo bookworm '^linux-image-6\.1\.[0-9]+-[0-9]+-arm64$' ;;
	stock-newest) echo trixie-backports '^linux-image-[0-9]+\.[0-9]+\.[0-9]+[^-]*-arm64$' ;;
	*) return 1 ;;
	esac
}
STOCK_KERNELS=(stock-6.12 stock-6.1 stock-newest)

recipe_of_kernel() {
	{ declare -f build_kernel build_modules pack_kernel plain_image; echo "${LAB_MODULES[@]}"; cat "$LAB_CACHE/root/recipe"; } | hash_of
}

# Packages of the newest kernel of a pattern: the image, and since 7.x its parts.
kernel_packages() {	# SUITE PATTERN
	local image version

	image=$(apt_in "$1" apt-cache pkgnames linux-image- | grep -E "$2" | sort -V | tail -n 1) || true
	[[ -n $image ]] || die "cannot find a kernel in $1 that matches $2"
	version=${image#linux-image-}
	echo "$image"
	apt_in "$1" apt-cache depends "$image" |
		awk -v v="-$version" '$1 ~ /Depends:$/ && $2 ~ /^linux-/ && substr($2, length($2) - length(v) + 1) == v { print $2 }'
}

# Turns what a package or a build calls the kernel into a plain Image: gzip is
# undone; the rest must already be one (magic "ARMd" at byte 56).
plain_image() {	# FILE TO
	local magic

	magic=$(od -An -tx1 -N2 "$1" | tr -d ' ')
	if [[ $magic == 1f8b ]]; then
		gzip -dc "$1" >"$2"
	else
		cp "$1" "$2"
	fi
	magic=$(od -An -c -j56 -N4 "$2" | tr -d ' ')
	[[ $magic == ARMd ]]
}

# Copies the wanted modules with all they need, uncompressed, and their tables.
build_modules() {	# FROM-TREE RELEASE TO-TREE
	local name file rel=lib/modules/$2

	mkdir -p "$3/usr/$rel"
	depmod -b "$1" "$2" 2>/dev/null
	for name in "${LAB_MODULES[@]}"; do
		modprobe -C /dev/null -d "$1" -S "$2" --show-depends "$name" 2>/dev/null || true
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
		name=${file##*/}
		case $name in
		*.xz) xz -dc "$file" >"$3/usr/$rel/${name%.xz}" ;;
		*.zst) zstd -qdc "$file" >"$3/usr/$rel/${name%.zst}" ;;
		*.gz) gzip -dc "$file" >"$3/usr/$rel/${name%.gz}" ;;
		*) cp "$file" "$3/usr/$rel/$name" ;;
		esac
	done
	cp "$1/usr/$rel"/modules.{builtin,builtin.modinfo,order} "$3/usr/$rel/" 2>/dev/null || true
	ln -s usr/lib "$3/lib"
	depmod -b "$3" "$2" 2>/dev/null
	rm -f "$3/lib" "$3/usr/$rel"/modules.*.bin
}

# Packs Image and modules for both levels. A tree without modules is fine.
pack_kernel() {	# MODULE-TREE OUT-DIR; OUT-DIR/Image and release exist
	local l2=$2/l2 l1=$2/l1

	mkdir -p "$l2"/{usr/{bin,sbin,lib},proc,sys,dev,run,tmp,out,etc,lab} "$l1/usr/lib/lab"
	for d in bin sbin lib; do ln -s "usr/$d" "$l2/$d"; done
	if [[ -d $1/usr/lib/modules ]]; then
		cp -a "$1/usr/lib/modules" "$l2/usr/lib/"
		cp -a "$1/usr/lib/modules" "$l1/usr/lib/"
	fi
	cp "$LAB_CACHE/root/busybox" "$l2/usr/bin/"
	ln -s busybox "$l2/usr/bin/sh"
	ln -s ../bin/busybox "$l2/usr/sbin/modprobe"
	pack_cpio "$l2" >"$l1/usr/lib/lab/l2.img"
	ln "$2/Image" "$l1/usr/lib/lab/Image"
	pack_cpio "$l1" >"$2/l1.cpio"
	rm -rf "$l2" "$l1"
}

build_kernel() {	# LIST DIR
	local from=$2/unpacked release image

	apt_unpack "$from" <"$1"
	merge_usr "$from"
	release=$(cd "$from/usr/lib/modules" && echo *)
	for image in "$from/boot/vmlinuz-$release" "$from/usr/lib/modules/$release/vmlinuz"; do
		[[ -e $image ]] && break
	done
	plain_image "$image" "$2/Image" || die "cannot use the kernel $release: its vmlinuz is no plain or gzipped Image"
	echo "$release" >"$2/release"
	build_modules "$from" "$release" "$2/modules"
	pack_kernel "$2/modules" "$2"
	rm -rf "$from" "$2/modules"
}

# ensure_kernel NAME [--refresh]: like ensure_tree, for a stock kernel.
ensure_kernel() {
	local name=$1 tree=kernel-$1 refresh=${2:-} suite pattern packages list key t=$SECONDS

	ensure_tree root
	kernel_is_current "$tree" "$refresh" && return
	lock_build
	kernel_is_current "$tree" "$refresh" && return
	read -r suite pattern < <(stock_kernel "$name")
	apt_refresh "$suite"
	mapfile -t packages < <(kernel_packages "$suite" "$pattern")
	list=$LAB_CACHE/tmp/$tree.list
	apt_resolve_only "$suite" "${packages[@]}" >"$list"
	[[ -s $list ]] || die "cannot resolve the packages of $name in $suite: ${packages[*]}"
	key=$({ cat "$list"; recipe_of_kernel; } | hash_of)
	if [[ -e $LAB_CACHE/$tree-$key/recipe ]]; then
		point_at "$tree" "$key"
		return
	fi
	apt_download "$suite" "kernel $name (${packages[0]})" download "${packages[@]}" <"$list"
	say "building kernel $name"
	build_kernel "$list" "$LAB_CACHE/tmp/$tree"
	cp "$list" "$LAB_CACHE/tmp/$tree/packages"
	recipe_of_kernel >"$LAB_CACHE/tmp/$tree/recipe"
	publish "$tree" "$key" "$LAB_CACHE/tmp/$tree"
	say "kernel $name is ready: $(cat "$LAB_CACHE/$tree/release"), $(du -sh "$LAB_CACHE/$tree/" | cut -f1) ($(took "$t"))"
}

kernel_is_current() {	# TREE REFRESH
	[[ -z $2 && $(cat "$LAB_CACHE/$1/recipe" 2>/dev/null) == "$(recipe_of_kernel)" ]]
}

# Makes the images of a kernel FILE in DIR (of this run: nothing is cached).
kernel_from_file() {	# FILE DIR
	[[ -r $1 ]] || die_boot "cannot boot kernel $1: no such file (and no stock kernel of this name: ${STOCK_KERNELS[*]})"
	ensure_tree root
	mkdir -p "$2"
	plain_image "$1" "$2/Image" ||
		die_boot "cannot boot kernel $1: not an arm64 Image, plain or gzipped (no magic at byte 56)"
	pack_kernel "$2/none" "$2"
}

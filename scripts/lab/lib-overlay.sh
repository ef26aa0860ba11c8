# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The initrd of one run: the cached archives of userland and kernel, and behind
# them an overlay made anew each time, so that a change to the init scripts, to a
# program or to the test takes no rebuilding.

# The run's own part of the initrd: init, guest tools, programs, script, files.
build_overlay() {	# DIR
	local f dest build=${GICV4TOP_BUILD:-$LAB_DIR/../../build}/arm64

	mkdir -p "$1"/{lab,usr/bin,usr/lib/lab}
	install -m 755 "$LAB_DIR/l1-init" "$1/init"
	install -m 755 "$LAB_DIR/lab-guest" "$1/usr/bin/lab-guest"
	install -m 755 "$LAB_DIR/lab-tty" "$1/usr/bin/lab-tty"
	install -m 755 "$LAB_DIR/l2-init" "$1/usr/lib/lab/l2-init"
	for f in "$build/gicv4top" "$build/gicv4top-guest-agent" "$build/vlpigen" "$build/lab"/*; do
		[[ -f $f && -x $f ]] && cp "$f" "$1/usr/bin/"
	done
	for f in ${FILES[@]+"${FILES[@]}"}; do
		dest=/lab/$(basename "${f%%:*}")
		[[ $f == *:* ]] && dest=${f#*:}
		[[ -e ${f%%:*} ]] || die "cannot copy ${f%%:*} into L1: no such file"
		mkdir -p "$1/$(dirname "$dest")"
		cp -rL --preserve=mode "${f%%:*}" "$1/$dest"
	done
	if [[ -n $SCRIPT ]]; then
		[[ -r $SCRIPT ]] || die "cannot run $SCRIPT in L1: no such file"
		install -m 755 "$SCRIPT" "$1/lab/script"
		[[ $(head -c 2 "$SCRIPT" | tr -d '\0') == '#!' || $(head -c 4 "$SCRIPT" | tr -d '\0') == $'\x7fELF' ]] ||
			{ echo '#!/bin/sh'; cat "$SCRIPT"; } >"$1/lab/script"
	fi
	{
		if [[ -n $CONSOLE$TTY ]]; then
			printf 'export TERM=%q\n' "${TERM:-vt100}"
			printf 'LAB_TTY_SIZE=%q\n' "$(tty_size)"
		fi
		for f in ${ENVS[@]+"${ENVS[@]}"}; do
			# shellcheck disable=SC2001
			printf "export %s='%s'\n" "${f%%=*}" "$(sed "s/'/'\\\\''/g" <<<"${f#*=}")"
		done
	} >"$1/lab/env"
	[[ -z $CONSOLE ]] || : >"$1/lab/console"
}

tty_size() {	# arguments for L1's stty
	local rows cols

	read -r rows cols < <(stty size 2>/dev/null || echo 24 80)
	echo "rows $rows cols $cols"
}

build_initrd() {	# KERNEL-DIR
	build_overlay "$RUN/overlay"
	pack_cpio "$RUN/overlay" >"$RUN/overlay.cpio"
	cat "$LAB_CACHE/root/base.cpio" ${TOOLS:+"$LAB_CACHE/tools/base.cpio"} "$1/l1.cpio" \
		"$RUN/overlay.cpio" >"$RUN/initrd"
	rm -rf "$RUN/overlay" "$RUN/overlay.cpio"
}

# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# One run of L1: its options, its initrd, its QEMU, and its end. A run owns one
# temporary directory (RUN) and the processes it started; cleanup() ends both, on
# every way out. QEMU also dies with this process (pdeathsig), so a killed lab
# leaves no machine behind.
#
# L1 talks through pipes in RUN: "ctl" has the lines of l1-init (ready, status N,
# fail TEXT) and of lab-tty (tty on, tty off), "stdout" and "stderr" the script's
# output. Between tty on and tty off lab-relay joins this terminal with a terminal
# of L1; else Ctrl-C ends the run, whatever L1 does. Exit status: the
# script's; 124 killed at the timeout; 125 L1 did not come up or broke down.

RUN='' QEMU_PID='' RELAY_PIDS='' TTY_STATE='' TTY_PID='' WATCH_PID=''

# Seconds that L1's init may take to show itself.
BOOT_SECS=${GICV4TOP_LAB_BOOT_SECS:-120}

cleanup() {
	local p n

	trap - EXIT
	trap '' INT TERM HUP
	if [[ -n $QEMU_PID ]] && kill "$QEMU_PID" 2>/dev/null; then
		for ((n = 0; n < 20; n++)); do
			kill -0 "$QEMU_PID" 2>/dev/null || break
			sleep 0.1
		done
		kill -9 "$QEMU_PID" 2>/dev/null || true
	fi
	tty_off
	for p in $RELAY_PIDS $WATCH_PID; do kill "$p" 2>/dev/null || true; done
	[[ -z $TTY_STATE ]] || stty "$TTY_STATE" <&"$TTY_FD" 2>/dev/null || true
	[[ -z $RUN ]] || rm -rf "$RUN"
}

# lab-relay restores the terminal itself, whatever ends it.
tty_on() {
	[[ -z $TTY_PID ]] || return 0
	"$LAB_DIR/lab-relay" "$RUN/tty" "$RUN/size.in" <&"$TTY_FD" &
	TTY_PID=$!
}

tty_off() {
	[[ -n $TTY_PID ]] || return 0
	kill "$TTY_PID" 2>/dev/null || true
	wait "$TTY_PID" 2>/dev/null || true
	TTY_PID=''
}

# How a run ends, also one that a signal ends: there are no traps for those, as bash
# 5.2 cannot parse a trap's text while it expands a $(...) ("unexpected EOF while
# looking for matching )"). Untrapped, they end bash itself, behind its EXIT trap.
on_exit() {
	[[ -n $OVER ]] || say "stopped"
	cleanup
}

# bash forgets a Ctrl-C if the command that it waits for ends just then, by itself. This
# one does not: it tells bash again until it has heard. Bash ignores SIGINT for what it
# starts in the background, and a shell cannot trap what was ignored: thus env.
watch_ctrl_c() {
	# shellcheck disable=SC2016	# the inner shell expands it
	env --default-signal=INT sh -c '
		trap "while kill -INT $1; do sleep 0.2; done 2>/dev/null; exit" INT
		while kill -0 "$1" 2>/dev/null; do sleep 1; done' sh $$ </dev/null >/dev/null 2>&1 &
	WATCH_PID=$!
}

run_defaults() {
	KERNEL=stock-6.12 SMP=2 MEM=3G SCRIPT='' OUT='' TIMEOUT=0 ICOUNT='' CONSOLE='' TTY='' TOOLS=''
	APPEND=() QEMU_ARGS=() FILES=() ENVS=()
	SLOT=1 DRIVES=0
}

# A device in the next fixed slot: 0000:00:01.0, 0000:00:02.0, ...
add_device() {	# QEMU-DEVICE
	if [[ ,$1, == *,addr=* || ,$1, == *,bus=* ]]; then
		QEMU_ARGS+=(-device "$1")
		return
	fi
	((SLOT < 32)) || usage "cannot add device $1: all 31 slots are taken"
	QEMU_ARGS+=(-device "$1,bus=pcie.0,addr=$(printf '0x%x' "$SLOT")")
	SLOT=$((SLOT + 1))
}

add_nvme() {	# LATENCY-NS
	is_number --nvme "$1"
	QEMU_ARGS+=(-blockdev "driver=null-co,node-name=lab$DRIVES,size=67108864,latency-ns=$1,read-zeroes=on")
	add_device "nvme,drive=lab$DRIVES,serial=lab$DRIVES"
	DRIVES=$((DRIVES + 1))
}

is_number() { [[ $2 =~ ^[0-9]+$ ]] || usage "bad value for $1: $2 is no number"; }

parse_run() {
	local i

	run_defaults
	while (($#)); do
		case $1 in
		--icount) ICOUNT=1; shift; continue ;;
		--console) CONSOLE=1; shift; continue ;;
		--tty) TTY=1; shift; continue ;;
		--tools) TOOLS=1; shift; continue ;;
		-h | --help) help; exit 0 ;;
		--kernel | --smp | --mem | --device | --nvme | --edu | --qemu-arg | --append | --exec | \
			--file | --env | --out | --timeout) (($# > 1)) || usage "$1 needs a value" ;;
		*) usage "unknown argument $1" ;;
		esac
		case $1 in
		--kernel) KERNEL=$2 ;;
		--smp) is_number "$1" "$2"; SMP=$2 ;;
		--mem) MEM=$2 ;;
		--device) add_device "$2" ;;
		--nvme) add_nvme "$2" ;;
		--edu) is_number "$1" "$2"; for ((i = 0; i < $2; i++)); do add_device edu; done ;;
		--qemu-arg) QEMU_ARGS+=("$2") ;;
		--append) APPEND+=("$2") ;;
		--exec) SCRIPT=$2 ;;
		--file) FILES+=("$2") ;;
		--env) [[ $2 == [A-Za-z_]*=* ]] || usage "bad value for --env: $2 is not VAR=VALUE"; ENVS+=("$2") ;;
		--out) OUT=$2 ;;
		--timeout) is_number "$1" "$2"; TIMEOUT=$2 ;;
		esac
		shift 2
	done
	[[ -n $SCRIPT ]] || CONSOLE=1
	[[ -z $TTY || -z $CONSOLE ]] || usage "--tty is for runs with --exec and without --console"
	[[ -z $ICOUNT ]] || SMP=1
}

# shellcheck disable=SC2054	# the commas are QEMU's
qemu_line() {	# IMAGE: sets QEMU to the whole command
	QEMU=(qemu-system-aarch64 -M "virt,gic-version=4,virtualization=on,iommu=smmuv3" -cpu neoverse-n1
		-smp "$SMP" -m "$MEM" -nodefaults -display none -no-reboot -kernel "$1" -initrd "$RUN/initrd"
		-append "console=ttyAMA0 quiet panic=-1 kvm-arm.vgic_v4_enable=1 kvm-arm.wfi_trap_policy=trap${APPEND[*]:+ ${APPEND[*]}}"
		-fsdev "local,id=out,path=$OUT,security_model=none,multidevs=remap"
		-device virtio-9p-device,fsdev=out,mount_tag=out
		-device virtio-serial-device,max_ports=8
		-chardev "file,id=ctl,path=$RUN/ctl,append=on" -device virtserialport,chardev=ctl,name=ctl)
	if [[ -n $ICOUNT ]]; then
		QEMU+=(-accel tcg,thread=single -icount "shift=0,sleep=off")
	else
		QEMU+=(-accel tcg,thread=multi)
	fi
	if [[ -n $CONSOLE ]]; then
		QEMU+=(-chardev "stdio,id=con,mux=on,signal=off,logfile=$OUT/console.log"
			-mon chardev=con,mode=readline -serial chardev:con)
	else
		QEMU+=(-chardev "file,id=con,path=$OUT/console.log" -serial chardev:con
			-chardev "file,id=stdout,path=$RUN/stdout,append=on" -device virtserialport,chardev=stdout,name=stdout
			-chardev "file,id=stderr,path=$RUN/stderr,append=on" -device virtserialport,chardev=stderr,name=stderr)
	fi
	if [[ -n $TTY ]]; then
		QEMU+=(-chardev "socket,id=tty,path=$RUN/tty,server=on,wait=off" -device virtconsole,chardev=tty
			-chardev "pipe,id=size,path=$RUN/size" -device virtserialport,chardev=size,name=size)
	fi
	QEMU+=(${QEMU_ARGS[@]+"${QEMU_ARGS[@]}"})
}

start_qemu() {
	exec {TTY_FD}<&0
	mkfifo "$RUN"/{ctl,stdout,stderr,size.in,size.out}
	if [[ -n $CONSOLE ]]; then
		[[ ! -t $TTY_FD ]] || TTY_STATE=$(stty -g <&"$TTY_FD")
		setpriv --pdeathsig TERM "${QEMU[@]}" <&"$TTY_FD" 2> >(tee "$RUN/qemu.log" >&2) &
	else
		cat "$RUN/stdout" &
		RELAY_PIDS="$!"
		cat "$RUN/stderr" >&2 &
		RELAY_PIDS+=" $!"
		setpriv --pdeathsig TERM "${QEMU[@]}" </dev/null >"$RUN/qemu.log" 2>&1 &
	fi
	QEMU_PID=$!
}

# Says why L1 is no more, with its last words, and ends with 125.
broke_down() {	# REASON
	if [[ -s $OUT/console.log ]]; then
		say "last lines of L1's console:"
		tail -n 30 "$OUT/console.log" | tr -d '\r' | sed 's/^/| /' >&2
	else
		say "L1's console said nothing"
	fi
	[[ ! -s $RUN/qemu.log ]] || sed 's/^/| qemu: /' "$RUN/qemu.log" >&2
	die_boot "$1${KEPT:+; the whole console is in $OUT/console.log}"
}

# Follows L1 through its lines until it is over, and sets STATUS. A read that runs
# into its timeout may have got half a line: it is kept in part. Behind the last
# line of a QEMU that ended comes our own "gone", so that none is missed.
follow() {
	local line part='' ready='' gone='' fd n

	STATUS=''
	exec {fd}<>"$RUN/ctl"
	while [[ -z $STATUS ]]; do
		if read -r -t 0.3 -u "$fd" line; then
			heed "$part$line"
			part=''
			continue
		fi
		part+=$line
		if ((TIMEOUT && SECONDS - STARTED >= TIMEOUT)); then
			say "L1 killed at the timeout of $TIMEOUT s"
			STATUS=124
			return
		fi
		if [[ -z $gone ]] && ! kill -0 "$QEMU_PID" 2>/dev/null; then
			gone=1
			printf '\ngone\n' >&"$fd"
		fi
		if [[ -z $ready$gone ]] && ((SECONDS - STARTED > BOOT_SECS)); then
			broke_down "L1 has not booted within $BOOT_SECS s (kernel $KERNEL): its init never came up"
		fi
	done
	for ((n = 0; n < 50; n++)); do
		kill -0 "$QEMU_PID" 2>/dev/null || return 0
		sleep 0.1
	done
}

heed() {	# LINE: one line of L1 (sets the variables of follow)
	case $1 in
	ready) ready=1 ;;
	'tty on') tty_on ;;
	'tty off') tty_off ;;
	status\ *) STATUS=${1#status } ;;
	fail\ *) broke_down "cannot run in L1: ${1#fail }" ;;
	gone)
		if [[ -n $CONSOLE && -n $ready ]]; then
			STATUS=0	# Ctrl-A x
			return
		fi
		broke_down "L1 ended before ${SCRIPT:-the shell} did (${ready:+it had booted; }kernel $KERNEL): the lines above say why"
		;;
	esac
}

# Lets the relays print what is left: they end when the pipes have no writer.
drain() {
	local p

	tty_off
	kill "$QEMU_PID" 2>/dev/null || true
	wait "$QEMU_PID" 2>/dev/null || true
	QEMU_PID=''
	for p in stdout stderr; do
		[[ ! -p $RUN/$p ]] || : <>"$RUN/$p"
	done
	for p in $RELAY_PIDS; do wait "$p" 2>/dev/null || true; done
	RELAY_PIDS=''
}

lab_run() {
	local dir

	parse_run "$@"
	command -v qemu-system-aarch64 >/dev/null ||
		die "cannot start L1: no qemu-system-aarch64 (run scripts/bootstrap)"
	trap on_exit EXIT
	watch_ctrl_c
	RUN=$(mktemp -d "${TMPDIR:-/tmp}/gicv4top-lab.XXXXXX")
	# Held by this process and what it starts: lab clean tells the dead by it.
	exec {RUN_FD}>"$RUN/lock"
	flock "$RUN_FD"
	ensure_tree root
	[[ -z $TOOLS ]] || ensure_tree tools
	if stock_kernel "$KERNEL" >/dev/null; then
		ensure_kernel "$KERNEL"
		dir=$LAB_CACHE/kernel-$KERNEL
	else
		dir=$RUN/kernel
		kernel_from_file "$KERNEL" "$dir"
	fi
	KEPT=$OUT
	: "${OUT:=$RUN/out}"
	mkdir -p "$OUT" || die "cannot make $OUT for L1's /out"
	OUT=$(realpath "$OUT")
	: >"$OUT/console.log"
	lock_use -s
	dir=$(realpath "$dir")
	build_initrd "$dir"
	qemu_line "$dir/Image"
	STARTED=$SECONDS
	start_qemu
	unlock_use
	follow
	drain
	OVER=1
	exit "$STATUS"
}

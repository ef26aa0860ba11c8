# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A private apt for arm64: fetches packages of a Debian suite into the cache,
# without root, without a foreign architecture in the system's dpkg, and without
# a change to any state of the system.
#
# Where the archive lies, which keys sign it and through which proxy it is
# reached is taken from the system's own apt; only the suites are ours. apt reads
# APT_CONFIG before anything else, so pointing Dir::Etc there at nothing keeps
# the system's sources, preferences and hooks out.

# The release this machine runs: its libraries are what host tools expect.
host_suite() {
	local suite=

	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null) || true
	case $suite in
	bookworm | trixie) echo "$suite" ;;
	*) echo trixie ;;
	esac
}

# Lines "main|security URI SOURCES-FILE" of the Debian archives that the system
# itself uses. Origin and label are known only once its lists were read; before
# that the name of the suite has to do.
system_archives() {
	apt-get indextargets 'Created-By: Packages' 2>/dev/null | awk '
		function flush(security) {
			security = label == "Debian-Security" || base ~ /-security\/$|security\/[a-z]+\/updates\/$/
			if (origin == "Debian" || (origin == "" && base ~ /dists\/(bookworm|trixie)(-security)?\/$/))
				print (security ? "security" : "main"), uri, file
			origin = label = base = uri = file = ""
		}
		/^$/ { flush() }
		/^Origin: / { origin = $2 }
		/^Label: / { label = $2 }
		/^Base-URI: / { base = $2 }
		/^Repo-URI: / { uri = $2 }
		/^Sourcesentry: / { file = $2; sub(/:[0-9]+$/, "", file) }
		END { flush() }' | sort -u
}

# The key rings that may sign: Debian's own (it knows every suite), then what the
# system's sources name for these archives (a mirror may sign by itself).
archive_keys() {
	local k keys=''

	while read -r k; do
		[[ -r $k && ,$keys, != *,$k,* ]] && keys+=${keys:+,}$k
	done < <(
		printf '%s\n' /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}
		awk '{ print $3 }' <<<"$LAB_ARCHIVES" | sort -u | while read -r k; do
			grep -ihoE 'signed-by[:=][^]]*' "$k" | grep -oE '/[^], 	]+' || true
		done
	)
	echo "$keys"
}

apt_sources() {	# SUITE: the private sources.list on stdout
	local suite=$1 main security keys opt

	main=$(awk '$1 == "main" { print $2; exit }' <<<"$LAB_ARCHIVES")
	security=$(awk '$1 == "security" { print $2; exit }' <<<"$LAB_ARCHIVES")
	keys=$(archive_keys)
	[[ -n $main ]] ||
		die "cannot find a Debian archive in this system's apt sources: the lab needs a Debian 12 or 13 system ('apt-get update' run once)"
	opt="arch=arm64${keys:+ signed-by=$keys}"
	echo "deb [$opt] $main $suite main"
	[[ $suite == *-backports ]] && return
	echo "deb [$opt] $main $suite-updates main"
	if [[ -n $security ]]; then
		echo "deb [$opt] $security $suite-security main"
	else
		say "no security archive in this system's apt sources: $suite without it"
	fi
}

# Writes the private configuration of SUITE; apt-get and apt-cache then use it
# through apt_in.
apt_setup() {	# SUITE
	local dir=$LAB_CACHE/apt/$1

	command -v apt-get >/dev/null ||
		die "cannot fetch arm64 packages: this system has no apt-get (the lab needs Debian 12 or 13)"
	: "${LAB_ARCHIVES:=$(system_archives)}"
	mkdir -p "$dir/lists/partial" "$dir/cache" "$dir/none" "$LAB_CACHE/debs/partial"
	apt_sources "$1" >"$dir/sources.list.new"
	mv "$dir/sources.list.new" "$dir/sources.list"
	{
		apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-|ForceIPv|Max-)' || true
		cat <<-END
			Dir::State "$dir";
			Dir::State::lists "$dir/lists";
			Dir::State::status "/dev/null";
			Dir::Cache "$dir/cache";
			Dir::Cache::archives "$LAB_CACHE/debs";
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "/dev/null";
			Dir::Etc::preferences "/dev/null";
			Dir::Etc::preferencesparts "/dev/null";
			Dir::Etc::sourcelist "$dir/sources.list";
			Dir::Etc::sourceparts "/dev/null";
			Dir::Log "$dir";
			APT::Architecture "arm64";
			APT::Architectures { "arm64"; };
			APT::Sandbox::User "";
			APT::Install-Recommends "false";
			APT::Keep-Downloaded-Packages "true";
			Acquire::Languages "none";
			Acquire::PDiffs "false";
			Acquire::GzipIndexes "true";
			Debug::NoLocking "true";
			Acquire::ForceHash "SHA256";
		END
	} >"$dir/apt.conf"
}

apt_in() {	# SUITE COMMAND ARG...
	local suite=$1

	shift
	APT_CONFIG=$LAB_CACHE/apt/$suite/apt.conf "$@"
}

# Brings SUITE's lists up to date if they are older than a day (or --now).
# Without the network, lists that exist are good enough, and it is said.
apt_refresh() {	# SUITE [--now]
	local dir=$LAB_CACHE/apt/$1 t=$SECONDS

	if [[ ${2:-} != --now && -n $(find "$dir/stamp" -mmin -1440 2>/dev/null) ]]; then
		return 0
	fi
	apt_setup "$1"
	say "reading the package lists of $1 (arm64)"
	if apt_in "$1" apt-get -qq -o APT::Update::Error-Mode=any update >"$dir/update.log" 2>&1; then
		touch "$dir/stamp"
		say "  done ($(took "$t"))"
	elif [[ -e $dir/stamp ]]; then
		say "cannot refresh the package lists of $1: $(tail -n 1 "$dir/update.log"); going on with those of $(date -r "$dir/stamp" +%F)"
	else
		cat "$dir/update.log" >&2
		die "cannot read the package lists of $1: see the lines above; check the network and this system's apt sources"
	fi
}

# Lines "FILE SIZE HASH" of what PACKAGE... needs from SUITE, with dependencies.
apt_resolve() {	# SUITE PACKAGE...
	local suite=$1

	shift
	# An empty archive directory: apt leaves out what it has already.
	apt_in "$suite" apt-get -qq -y -d -o Dir::Cache::archives="$LAB_CACHE/apt/$suite/none" \
		--print-uris install "$@" | print_uris
}

apt_resolve_only() {	# SUITE PACKAGE...: the same, without dependencies
	local suite=$1

	shift
	(cd "$LAB_CACHE/apt/$suite/none" && apt_in "$suite" apt-get -qq --print-uris download "$@") | print_uris
}

print_uris() { awk '$1 ~ /^\047/ { print $2, $3, $4 }' | sort; }

# Shows how far a download is, until killed. Plain lines where no terminal is.
apt_progress() {	# TOTAL-BYTES BYTES-BEFORE
	local now every=5

	[[ -t 2 ]] && every=1
	while sleep "$every" && kill -0 $$ 2>/dev/null; do
		now=$(du -sb "$LAB_CACHE/debs" | cut -f1)
		now=$((now - $2 < 0 ? 0 : now - $2))
		if [[ -t 2 ]]; then
			printf '\rlab:   %d of %d MB ' $((now / 1000000)) $(($1 / 1000000)) >&2
		else
			say "  $((now / 1000000)) of $(($1 / 1000000)) MB"
		fi
	done
}

# apt_download SUITE WHAT APT-GET-ARG...: fetches the packages of the list on stdin
# (lines of apt_resolve) into debs/; the ones already there cost nothing.
apt_download() {
	local suite=$1 what=$2 want=() file size bytes=0 before ticker t=$SECONDS rc=0

	shift 2
	while read -r file size _; do
		[[ $(stat -c %s "$LAB_CACHE/debs/$file" 2>/dev/null) == "$size" ]] && continue
		want+=("$file")
		bytes=$((bytes + size))
	done
	((${#want[@]})) || return 0
	say "fetching $what: ${#want[@]} packages, $((bytes / 1000000)) MB"
	before=$(du -sb "$LAB_CACHE/debs" | cut -f1)
	# Without our lock: its last sleep outlives it.
	apt_progress "$bytes" "$before" {LAB_BUILD_FD}>&- &
	ticker=$!
	(cd "$LAB_CACHE/debs" && apt_in "$suite" apt-get -qq -y "$@") >"$LAB_CACHE/apt/$suite/download.log" 2>&1 || rc=$?
	kill "$ticker" 2>/dev/null || true
	wait "$ticker" 2>/dev/null || true
	[[ -t 2 ]] && printf '\r' >&2
	if ((rc)); then
		cat "$LAB_CACHE/apt/$suite/download.log" >&2
		die "cannot fetch $what: see the lines above; 'lab fetch' goes on where it stopped"
	fi
	say "  done ($(took "$t"))"
}

# Unpacks the packages of the list on stdin into DIR; no maintainer script runs.
apt_unpack() {	# DIR
	local file

	mkdir -p "$1"
	while read -r file _; do
		dpkg-deb --fsys-tarfile "$LAB_CACHE/debs/$file" |
			tar -x -C "$1" --no-same-owner --keep-directory-symlink --warning=no-timestamp ||
			die "cannot unpack $file: remove it from $LAB_CACHE/debs and try again"
	done
}

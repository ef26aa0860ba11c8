# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the style suites share: which files the tree has, C without its
# comments, and a TAP line for a list of offenders.

# the last command of a pipe runs in this shell: result() counts there
shopt -s lastpipe

tap_nr=0
tap_status=0

# result NAME <OFFENDERS: one test, which fails if there is any offender
result() {
	local name=$1 offenders

	offenders=$(cat)
	tap_nr=$((tap_nr + 1))
	if [[ -z $offenders ]]; then
		echo "ok $tap_nr - $name"
	else
		echo "not ok $tap_nr - $name"
		sed 's/^/# /' <<<"$offenders"
		tap_status=1
	fi
}

skip() {
	tap_nr=$((tap_nr + 1))
	echo "ok $tap_nr - $1 # SKIP $2"
}

finish() {
	echo "1..$tap_nr"
	exit $tap_status
}

# All files of the tree in the current directory, built ones left out.
tree_files() {
	if [[ $(git rev-parse --show-prefix 2>&1) == '' ]]; then
		git ls-files -co --exclude-standard
	else
		find . -name .git -prune -o -type f -printf '%P\n'
	fi | grep -v '^build/' | sort -u | while IFS= read -r file; do
		[[ -f $file && ! -L $file ]] && printf '%s\n' "$file"
	done
}

# Of the files on standard input, the shell scripts.
only_scripts() {
	local first

	while IFS= read -r file; do
		IFS= read -r first < <(head -c 64 "$file" | tr -d '\0')
		if [[ $first =~ ^(#!.*[/ ](ba|da)?sh( |$)|# shellcheck shell=) ]]; then
			printf '%s\n' "$file"
		fi
	done
}

# uncomment FILE...: "FILE:LINE:TEXT" of C without its comments
uncomment() {
	[[ $# -gt 0 ]] || return 0
	perl -0777 -e '
		for my $file (@ARGV) {
			open(my $in, "<", $file) or die "$file: $!\n";
			my $text = <$in>;
			my $string = qr{"(?:\\.|[^"\\])*"|\x27(?:\\.|[^\x27\\])*\x27};
			$text =~ s{($string)|/\*.*?\*/|//[^\n]*}
				{defined $1 ? $1 : "\n" x ($& =~ tr/\n//)}gse;
			my $nr = 0;
			print map { $nr++; "$file:$nr:$_\n" } split(/\n/, $text);
		}' "$@"
}

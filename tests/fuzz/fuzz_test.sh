#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs every fuzzer for a bounded number of inputs, always the same ones (TAP).
# An input that breaks a promise is shown, and can be run again:
#
#	build/native/tests/fuzz/X FILE
#
# FUZZ_RUNS=100000000 FUZZ_SEED=0 tests/fuzz/fuzz_test.sh looks longer and elsewhere.

set -uo pipefail

cd "$(dirname "$(realpath "$0")")/../.." || exit 1
dir=build/native/tests/fuzz
all_runs=${FUZZ_RUNS:-200000}
seed=${FUZZ_SEED:-1}
sources=(tests/fuzz/*.c)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
nr=0
status=0
# a recording is longer than a line, and takes ten times as long
declare -A max_len=([recording]=4096) slower=([recording]=10)

have=$(cat $dir/have 2>/dev/null || echo 'the fuzzers are not built')
echo "1..${#sources[@]}"
for source in "${sources[@]}"; do
	name=$(basename "$source" .c)
	runs=$((all_runs / ${slower[$name]:-1}))
	what="$runs inputs break no promise of $name"
	nr=$((nr + 1))
	if [[ $have != yes ]]; then
		echo "ok $nr - $what # SKIP $have"
		continue
	fi
	mkdir -p "$tmp/$name/new"
	if "$dir/$name" -runs="$runs" -seed="$seed" -max_len="${max_len[$name]:-300}" -timeout=10 \
		-verbosity=0 -malloc_limit_mb=300 \
		-artifact_prefix="$tmp/$name/" "$tmp/$name/new" "tests/fuzz/corpus/$name" \
		>"$tmp/$name/log" 2>&1; then
		echo "ok $nr - $what"
		continue
	fi
	status=1
	echo "not ok $nr - $what"
	grep -E 'does not hold|ERROR|runtime error|/(src|include|tests)/.*\.[ch]:[0-9]' \
		"$tmp/$name/log" | head -n 20 | sed 's/^/# /'
	for input in "$tmp/$name"/*-*; do
		[[ -f $input ]] || continue
		echo "# the input, in base64: $(base64 -w 0 "$input")"
		od -A d -c "$input" | sed 's/^/#   /'
	done
done
exit $status

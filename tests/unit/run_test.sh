#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# tests/run against made-up suites: what it counts, what it shows, and that a
# suite that ends early can never look well.

set -uo pipefail

run=$(realpath "$(dirname "$0")/../run")
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
nr=0
status=0

# suite NAME: a producer whose body is standard input
suite() {
	{ echo '#!/bin/bash'; cat; } >"$1"
	chmod +x "$1"
}

# runs tests/run; its text is in ./got, its exit status in $rc
run() {
	"$run" "$@" >got 2>&1 </dev/null
	rc=$?
}

# check NAME COMMAND...: one test
check() {
	local name=$1

	shift
	nr=$((nr + 1))
	if "$@"; then
		echo "ok $nr - $name"
	else
		echo "not ok $nr - $name"
		echo "# false: $* (exit status of tests/run: $rc); it printed:"
		sed 's/^/# /' got
		status=1
	fi
}

# check() calls these three
# shellcheck disable=SC2317,SC2329
ends() { [[ $(tail -n 1 got) == "$1" && $rc -eq $2 ]]; }
# shellcheck disable=SC2317,SC2329
says() { grep -qF -- "$1" got; }
# shellcheck disable=SC2317,SC2329
silent_on() { ! grep -qF -- "$1" got; }

suite good <<'END'
echo 1..2; echo 'ok 1 - first'; echo 'ok 2 - second'
END
suite bare <<'END'
echo ok; echo ok; echo 1..2
END
suite skipping <<'END'
echo 1..4
echo 'ok 1 - works'
echo 'ok 2 - needs a moon # SKIP no moon tonight'
echo 'ok 3 - needs two moons # skip no moon tonight'
echo 'not ok 4 # SKIP cmocka says it so'
END
suite skipped_whole <<'END'
echo '1..0 # SKIP no kernel here'
END
suite bad <<'END'
echo 1..3
echo 'ok 1 - first'
echo 'before the failure' >&2
echo 'not ok 2 - second'
echo '# after the failure'
echo 'ok 3 - third'
echo '# of no interest'
exit 1
END
suite bad_but_exits_0 <<'END'
echo 1..1; echo 'not ok 1 - alone'
END
suite dies <<'END'
echo 1..3; echo 'ok 1 - first'; kill -SEGV $$
END
suite dies_after_all <<'END'
echo 1..1; echo 'ok 1 - first'; kill -ABRT $$
END
suite exits_3 <<'END'
echo 1..1; echo 'ok 1 - first'; exit 3
END
suite short <<'END'
echo 1..3; echo 'ok 1 - first'; echo 'last words'
END
suite long <<'END'
echo 1..1; echo 'ok 1 - first'; echo 'ok 2 - second'
END
suite no_plan <<'END'
echo 'ok 1 - first'
END
suite two_plans <<'END'
echo 1..1; echo 'ok 1 - first'; echo 1..1
END
suite misnumbered <<'END'
echo 1..2; echo 'ok 1 - first'; echo 'ok 1 - first again'
END
suite silent <<'END'
exit 0
END
suite no_tap <<'END'
echo 'Segmentation fault, I fear'; echo 'oklahoma'
END
suite bails <<'END'
echo 1..2; echo 'ok 1 - first'; echo 'Bail out! no database'; exit 1
END
suite reads <<'END'
echo 1..1; if read -r line; then echo "not ok 1 - read $line"; else echo 'ok 1 - stdin is empty'; fi
END
suite hangs <<'END'
echo 1..1; sleep 60; echo 'ok 1 - slept'
END
suite empty_plan <<'END'
echo 1..0
END
echo 'not executable' >plain_file

tests() {
	run ./good
	check "a good suite passes" ends "2 passed, 0 failed" 0
	check "a suite has a line with its name, its counts and its time" \
		grep -qE '^\./good: 2 passed, 0 failed \([0-9]+\.[0-9]{3} s\)$' got
	run good
	check "a suite named without a slash is found in this directory" \
		ends "2 passed, 0 failed" 0
	run ./bare
	check "tests without number and name count, and the plan may come last" \
		ends "2 passed, 0 failed" 0
	run ./good ./bare
	check "suites add up" ends "4 passed, 0 failed" 0

	run ./skipping
	check "skipped tests are neither passed nor failed" ends "1 passed, 0 failed, 3 skipped" 0
	check "skips are listed with their reason" says "  ./skipping: no moon tonight (2 tests)"
	check "a skip of its own is listed with its name or reason" \
		says "  ./skipping: cmocka says it so (cmocka says it so)"
	run ./skipped_whole ./good
	check "a suite skipped as a whole is one skip" ends "2 passed, 0 failed, 1 skipped" 0
	check "a suite skipped as a whole says why" \
		says "  ./skipped_whole: no kernel here (all of it)"

	run ./bad ./good
	check "a failed test fails the run" ends "4 passed, 1 failed" 1
	check "what a failed test said before it failed is shown" says "    before the failure"
	check "what a failed test said after it failed is shown" says "    # after the failure"
	check "what passed tests said is not shown" silent_on "of no interest"
	check "failed tests are listed at the end" says "  ./bad: second"
	run -v ./bad
	check "-v shows everything" says "    # of no interest"
	run ./bad_but_exits_0
	check "a failed test fails the run though its suite exits 0" ends "0 passed, 1 failed" 1

	run ./dies ./good
	check "a suite that dies is a failure, and the others still run" \
		ends "3 passed, 1 failed" 1
	check "a suite that dies tells the signal" says "./dies: killed by signal 11"
	run ./dies_after_all
	check "a suite that dies after its last test is a failure" ends "1 passed, 1 failed" 1
	run ./exits_3
	check "an exit status without a failed test is a failure" ends "1 passed, 1 failed" 1
	run ./short
	check "fewer tests than planned are a failure" ends "1 passed, 1 failed" 1
	check "a plan that does not match tells both numbers" says "planned 3 tests but ran 1"
	check "a suite at fault has its last lines shown" says "    | last words"
	run ./long
	check "more tests than planned are a failure" ends "2 passed, 1 failed" 1
	run ./no_plan
	check "a missing plan is a failure" ends "1 passed, 1 failed" 1
	run ./two_plans
	check "two plans are a failure" ends "1 passed, 1 failed" 1
	run ./misnumbered
	check "wrong numbers are a failure" ends "2 passed, 1 failed" 1
	run ./silent
	check "a suite that prints nothing is a failure" ends "0 passed, 1 failed" 1
	run ./no_tap
	check "a suite that prints no TAP is a failure" ends "0 passed, 1 failed" 1
	check "a suite that prints no TAP has its text shown" says "I fear"
	run ./bails
	check "a suite that gives up is a failure and says why" says "./bails: gave up: no database"
	run ./empty_plan
	check "a plan of no tests without a reason is a failure" ends "0 passed, 1 failed" 1
	run ./plain_file ./missing
	check "what cannot be run is a failure" ends "0 passed, 2 failed" 1

	run ./reads
	check "standard input is empty" ends "1 passed, 0 failed" 0
	run -t 1 ./hangs ./good
	check "a suite that hangs is ended at the limit" ends "2 passed, 1 failed" 1
	check "a suite that hangs is said to" says "./hangs: ended after 1 s"
	run
	check "no suite at all is wrong usage" [ "$rc" -eq 2 ]
	run -x ./good
	check "an unknown option is wrong usage" [ "$rc" -eq 2 ]
}

tests
echo "1..$nr"
exit $status

#!/usr/bin/env python3
"""Everything that CI checks besides the release tests. One line a check with its time, and of what failed the failures and
the end of its output (all of it is in build/check/NAME.log). The last line is `N passed, N failed, N skipped`: the tests of
a test run are counted one by one, every other check as one.

usage: ./dev check [NAME...]     only those checks; `list` prints their names"""
import os
import re
import subprocess
import sys
import time

from tree import ROOT

LOGS = ROOT / "build" / "check"
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
FAILURE = re.compile(r"^(failed |FAILED )")
# A fuzz target runs so long here. Findings need more time: ./dev fuzz.
FUZZ_SECONDS = 5

# The quick ones first.
CHECKS = {
    "format": "python3 tools/format.py",
    "includes": "python3 tools/check_includes.py",
    "tools": "python3 -m unittest discover -s tools/tests",
    "bench": "python3 -m unittest discover -s bench/tests -t bench -q",
    "docs": "python3 tools/check_docs.py",
    "scripts": "shellcheck -x dev .ci/run tools/sanitizers.sh",
    "headers": "python3 tools/check_headers.py",
    "lint": "./dev lint",
    "package": "./dev build && python3 tests/package/run.py",
    "gcc": "./dev test gcc",
    "asan": "./dev test asan",
    "tsan": "./dev test tsan",
    "fuzz": f"./dev fuzz {FUZZ_SECONDS}",
}


def run(name):
    """Runs one check; returns whether it was good, its numbers, and its output."""
    environment = dict(os.environ, PATH=f"/usr/bin:{os.environ['PATH']}")  # Debian's python3, as the packages expect
    done = subprocess.run(["bash", "-c", CHECKS[name]], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    (LOGS / f"{name}.log").write_text(done.stdout, encoding="utf-8")
    closings = CLOSING.findall(done.stdout)
    counts = [int(number) for number in closings[-1]] if closings else [0, 0, 0]
    if done.returncode != 0 and counts[1] == 0:
        counts[1] = 1
    elif not closings:
        counts[0] = 1
    return done.returncode == 0, counts, done.stdout.splitlines()


def main():
    names = sys.argv[1:] or list(CHECKS)
    if names == ["list"]:
        print("\n".join(CHECKS))
        return
    for name in names:
        if name not in CHECKS:
            sys.exit(f"no check is called {name}; there are {', '.join(CHECKS)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    totals = [0, 0, 0]
    for name in names:
        began = time.monotonic()
        print(f"       {name} ...", flush=True)
        good, counts, lines = run(name)
        totals = [total + count for total, count in zip(totals, counts)]
        if not good:
            tail = lines[-100:]
            print("\n".join([line for line in lines[:-100] if FAILURE.match(line)] + tail))
        numbers = ", {} passed, {} failed, {} skipped".format(*counts) if sum(counts) > 1 else ""
        print(f"{'ok    ' if good else 'FAILED'} {name} ({time.monotonic() - began:.0f} s{numbers})", flush=True)
    print("{} passed, {} failed, {} skipped".format(*totals))
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()

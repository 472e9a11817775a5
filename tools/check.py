#!/usr/bin/env python3
"""Everything that CI checks besides the release tests. One line a check with its time, the output of what failed, and at
the end `N passed, N failed, N skipped`: cases of test runs are counted one by one, every other check as one.

usage: ./dev check [NAME...]     only those checks; `list` prints their names"""
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)

CHECKS = {
    "format": "git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 --dry-run -Werror",
    "includes": "python3 tools/check_includes.py",
    "tools": "python3 -m unittest discover -s tools/tests -q",
    "docs": "python3 tools/check_docs.py",
    "headers": "python3 tools/check_headers.py",
    "gcc": "./dev test gcc",
    "asan": "./dev test asan",
    "tsan": "./dev test tsan",
    "package": "python3 tests/package/run.py",
    "fuzz": "./dev fuzz 10",
    "lint": "./dev lint",
}


def main():
    names = sys.argv[1:] or list(CHECKS)
    if names == ["list"]:
        print("\n".join(CHECKS))
        return
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        sys.exit(f"no check is called {unknown[0]}; there are {', '.join(CHECKS)}")
    totals = [0, 0, 0]
    for name in names:
        began = time.monotonic()
        print(f"---- {name} ...", flush=True)
        done = subprocess.run(["bash", "-c", "set -o pipefail; " + CHECKS[name]], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", stdin=subprocess.DEVNULL)
        closings = CLOSING.findall(done.stdout)
        counts = [int(n or 0) for n in closings[-1]] if closings else [0, 0, 0]
        if not closings:
            counts[0 if done.returncode == 0 else 1] += 1
        elif done.returncode != 0 and counts[1] == 0:
            counts[1] = 1
        totals = [a + b for a, b in zip(totals, counts)]
        if done.returncode != 0:
            lines = done.stdout.splitlines()
            print("\n".join(lines[-200:]))
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the unit tests: every *_test program of a folder. One line a program, details of what failed, the failed cases
again with what they said first, then `N passed, N failed, N skipped`. The cases are counted by GoogleTest itself (its XML
report)."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

LIMIT_SECONDS = 600
SAID_CHARACTERS = 300  # of a failure in the list at the end
GOOD_CASE = re.compile(r"^\[ RUN +\] .*\n\[ +OK \] .*\n", re.M)


def run(program, filter_text):
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        command = [str(program), f"--gtest_output=xml:{report}"]
        if filter_text:
            command.append(f"--gtest_filter=*{filter_text}*")
        began = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=LIMIT_SECONDS)
            output, status = done.stdout + done.stderr, done.returncode
        except subprocess.TimeoutExpired as over:
            output, status = f"{over.stdout or ''}\nended after {LIMIT_SECONDS} s", -1
        took = time.monotonic() - began
        passed = failed = skipped = 0
        broken = []
        if os.path.exists(report):
            for case in ElementTree.parse(report).getroot().iter("testcase"):
                failure = case.find("failure")
                if failure is not None:
                    failed += 1
                    said = " ".join((failure.get("message") or "").split())
                    broken.append(f"{program.name} {case.get('classname')}.{case.get('name')}: {said[:SAID_CHARACTERS]}")
                elif case.get("result") == "skipped":
                    skipped += 1
                elif case.get("status") == "run":
                    passed += 1
        if (status != 0 or not os.path.exists(report)) and failed == 0:
            failed = 1  # died, or a sanitizer's report at its end
            broken.append(f"{program.name}: ended with {status}")
        return program.name, passed, broken, skipped, took, GOOD_CASE.sub("", output) if failed else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", required=True, type=pathlib.Path)
    parser.add_argument("--filter", default="", help="run the cases whose names have this text")
    options = parser.parse_args()
    programs = sorted(p for p in options.bin_dir.glob("*_test") if os.access(p, os.X_OK))
    totals = [0, 0, 0]
    all_broken = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, passed, broken, skipped, took, output in pool.map(lambda p: run(p, options.filter), programs):
            print(f"{'FAILED' if broken else 'ok    '} {name}: {passed} passed, {len(broken)} failed, {skipped} skipped"
                  f" ({took:.1f} s)", flush=True)
            if output:
                print(output, flush=True)
            totals = [a + b for a, b in zip(totals, (passed, len(broken), skipped))]
            all_broken += broken
    for case in all_broken:
        print(f"failed  {case}")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] or not programs else 0)


if __name__ == "__main__":
    main()

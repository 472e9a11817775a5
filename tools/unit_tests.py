#!/usr/bin/env python3
"""Runs the unit tests: every *_test program of a folder. One line a program, details of what failed, then
`N passed, N failed, N skipped`. The cases are counted by GoogleTest itself (its XML report)."""
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
        if os.path.exists(report):
            for case in ElementTree.parse(report).getroot().iter("testcase"):
                if case.find("failure") is not None:
                    failed += 1
                elif case.get("result") == "skipped":
                    skipped += 1
                elif case.get("status") == "run":
                    passed += 1
        if (status != 0 or not os.path.exists(report)) and failed == 0:
            failed = 1  # died, or a sanitizer's report at its end
        return program.name, passed, failed, skipped, took, GOOD_CASE.sub("", output) if failed else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", required=True, type=pathlib.Path)
    parser.add_argument("--filter", default="", help="run the cases whose names have this text")
    options = parser.parse_args()
    programs = sorted(p for p in options.bin_dir.glob("*_test") if os.access(p, os.X_OK))
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, passed, failed, skipped, took, output in pool.map(lambda p: run(p, options.filter), programs):
            print(f"{'FAILED' if failed else 'ok    '} {name}: {passed} passed, {failed} failed, {skipped} skipped"
                  f" ({took:.1f} s)", flush=True)
            if output:
                print(output, flush=True)
            totals = [a + b for a, b in zip(totals, (passed, failed, skipped))]
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] or not programs else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks that every C++ file of ours is as clang-format writes it; with --fix writes it so."""
import subprocess
import sys

from tree import ROOT, code_files


def main():
    fix = "--fix" in sys.argv[1:]
    files = [str(path) for path in code_files()]
    bad = 0
    for first in range(0, len(files), 50):
        command = ["clang-format-19", *(["-i"] if fix else ["--dry-run", "-Werror"]), *files[first:first + 50]]
        bad += subprocess.run(command, cwd=ROOT).returncode != 0
    print("format: differs, ./dev format mends it" if bad else f"format: {len(files)} files are good")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

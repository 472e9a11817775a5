#!/usr/bin/env python3
"""Runs clang-tidy on the library and the examples, unit tests apart. A file that was clean is not looked at
again until it, a header of ours that it includes, its command or the settings change (BUILD_DIR/lint-clean)."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

from tree import ROOT, closure

TIDY = "clang-tidy-19"
FOLDERS = ("ngo", "examples")


def fingerprint(common, command, source):
    made = hashlib.sha256((common + command).encode())
    for path in sorted(closure(ROOT, source)):
        made.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    return made.hexdigest()


def commands(build_dir):
    """Source file -> command line, for the library and what users copy from, unit tests apart."""
    for entry in json.loads((build_dir / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.is_file() and source.relative_to(ROOT).parts[0] in FOLDERS and not source.name.endswith("_test.cpp"):
            yield source, entry["command"]


def findings(build_dir, source):
    done = subprocess.run([TIDY, "--quiet", "-p", str(build_dir), str(source)], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", required=True, type=pathlib.Path, help="a configured build (compile_commands.json)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    clean = options.build_dir / "lint-clean"
    clean.mkdir(exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, text=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_text()
    everything = {source: clean / fingerprint(common, command, source) for source, command in commands(options.build_dir)}
    changed = [source for source in sorted(everything) if not everything[source].exists()]

    bad = 0
    shown = set()  # a finding in a header comes with each file that includes it
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for source, text in zip(changed, pool.map(lambda one: findings(options.build_dir, one), changed)):
            if not text:
                everything[source].touch()
                continue
            bad += 1
            for line in text.splitlines():
                if ": error: " not in line or line not in shown:
                    print(line, flush=True)
                shown.add(line)
    print(f"clang-tidy: {bad} of {len(everything)} files have findings" if bad else
          f"clang-tidy: {len(everything)} files are clean ({len(changed)} had changed)")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs clang-tidy on ngo's own sources, two at a time. A file that was clean is not looked at again until it, a header
of ngo, or the settings change (remembered by content in BUILD_DIR/lint-clean)."""
import argparse
import concurrent.futures
import hashlib
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def digest(*paths):
    made = hashlib.sha256()
    for path in paths:
        made.update(path.read_bytes())
    return made.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", required=True, type=pathlib.Path)
    options = parser.parse_args()
    remembered = options.build_dir / "lint-clean"
    remembered.mkdir(parents=True, exist_ok=True)
    common = digest(ROOT / ".clang-tidy", *sorted((ROOT / "ngo").rglob("*.hpp")))
    sources = [p for folder in ("ngo", "examples") for p in sorted((ROOT / folder).rglob("*.cpp"))
               if not p.name.endswith("_test.cpp")]

    def look(source):
        stamp = remembered / hashlib.sha256((common + digest(source)).encode()).hexdigest()
        if stamp.exists():
            return source, ""
        done = subprocess.run(["clang-tidy-19", "--quiet", "-p", str(options.build_dir), str(source)],
                              capture_output=True, text=True)
        if done.returncode == 0:
            stamp.touch()
            return source, ""
        return source, done.stdout + done.stderr

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for source, output in pool.map(look, sources):
            if output:
                bad += 1
                print(output, flush=True)
    print(f"clang-tidy: {bad} of {len(sources)} files have findings" if bad else f"clang-tidy: {len(sources)} files are clean")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

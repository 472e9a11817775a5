#!/usr/bin/env python3
"""Compiles every public header by itself, with each compiler given, so that none relies on what somebody else has
included before it. Prints the first lines of what fails."""
import concurrent.futures
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-I", str(ROOT), "-x", "c++", "-"]


def compile_alone(job):
    compiler, header = job
    source = f'#include "{header}"\n#include "{header}"\n'  # twice: the guard is tested as well
    done = subprocess.run([compiler, *FLAGS], input=source, capture_output=True, text=True)
    return compiler, header, "\n".join(done.stderr.splitlines()[:12]) if done.returncode else ""


def main():
    compilers = sys.argv[1:] or ["clang++-19", "g++"]
    headers = [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "ngo").rglob("*.hpp"))]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for compiler, header, errors in pool.map(compile_alone, [(c, h) for c in compilers for h in headers]):
            if errors:
                bad += 1
                print(f"{header} does not compile alone with {compiler}:\n{errors}")
    print(f"{len(headers)} headers with {' and '.join(compilers)}: {bad} bad" if bad else f"{len(headers)} headers compile alone")
    sys.exit(1 if bad or not headers else 0)


if __name__ == "__main__":
    main()

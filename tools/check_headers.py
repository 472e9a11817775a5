#!/usr/bin/env python3
"""Compiles every header of ngo by itself with each compiler, so that none relies on what somebody included before it.

usage: check_headers.py [COMPILER...]    default: clang++-19 g++"""
import concurrent.futures
import os
import subprocess
import sys

from tree import ROOT, code_files

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-x", "c++", "-"]


def errors_of(root, compiler, header):
    """What the compiler says to a file that includes the header twice and nothing else."""
    source = f'#include "{header}"\n#include "{header}"\n'
    done = subprocess.run([compiler, "-I", str(root), *FLAGS], input=source, capture_output=True, text=True)
    return "\n".join(done.stderr.splitlines()[:12]) if done.returncode else ""


def check(root, compilers):
    jobs = [(compiler, path.relative_to(root).as_posix())
            for compiler in compilers for path in code_files(root, ["ngo"], [".hpp"])]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (compiler, header), errors in zip(jobs, pool.map(lambda job: errors_of(root, *job), jobs)):
            if errors:
                yield f"{header} does not compile alone with {compiler}:\n{errors}"


def main():
    compilers = sys.argv[1:] or ["clang++-19", "g++"]
    failures = list(check(ROOT, compilers))
    print("\n".join(failures) if failures else f"headers: all compile alone with {' and '.join(compilers)}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

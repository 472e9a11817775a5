#!/usr/bin/env python3
"""Runs the fuzz targets, each for a bounded time from its seeds in fuzz/corpus/NAME, with the words of fuzz/NAME.dict. What
it learns is kept in build/fuzz/corpus, a finding in build/fuzz/findings. Ends with `N passed, N failed, N skipped`, a
target being one."""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

from tree import ROOT


def run(program, seconds):
    name = program.name.removesuffix("_fuzz")
    seeds = ROOT / "fuzz" / "corpus" / name
    work = ROOT / "build" / "fuzz" / "corpus" / name
    findings = ROOT / "build" / "fuzz" / "findings"
    work.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    command = [str(program), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
               f"-artifact_prefix={findings}/{name}-", str(work)]
    words = ROOT / "fuzz" / f"{name}.dict"
    if words.is_file():
        command.append(f"-dict={words}")
    if seeds.is_dir():
        command.append(str(seeds))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + 120)
    runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}: {runs} runs in {seconds} s", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-60:]), flush=True)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", required=True, type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--target", default="")
    options = parser.parse_args()
    programs = sorted(p for p in options.bin_dir.glob("*_fuzz") if os.access(p, os.X_OK) and options.target in p.name)
    if not programs:
        sys.exit(f"{options.bin_dir} has no fuzz target with \"{options.target}\" in its name")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        good = sum(pool.map(lambda program: run(program, options.seconds), programs))
    print(f"{good} passed, {len(programs) - good} failed, 0 skipped")
    sys.exit(0 if good == len(programs) else 1)


if __name__ == "__main__":
    main()

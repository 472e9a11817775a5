"""Measures the CPU time that compilers take for examples/hello, beside a file with only the standard headers.

Runs are interleaved and go without a compiler cache. CPU time is user and system time of the compiler and of all
that it starts.
"""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .contenders import ROOT
from .errors import BenchError
from .figures import Column, Figures

COMPILERS = ("clang++-19", "g++")
LEVELS = ("-O0", "-O2")
BASELINE = "standard-headers"
SOURCES = {BASELINE: ROOT / "bench/compile/baseline.cpp", "ngo": ROOT / "examples/hello/main.cpp"}
COLUMNS = [Column("cpu_us", "CPU seconds", 2, 1e-6)]


def add_arguments(parser) -> None:
    parser.add_argument("--rounds", type=int, default=7, help="compilations of each kind (default 7)")
    parser.add_argument("--compilers", metavar="A,B", default=",".join(COMPILERS),
                        help=f"default: {','.join(COMPILERS)}")
    parser.add_argument("--levels", metavar="A,B", default=",".join(LEVELS), type=str,
                        help=f"optimisation, as in --levels=-O0 (default {','.join(LEVELS)})")
    parser.add_argument("--json", metavar="FILE", help="also write one JSON object a line")


def run(options) -> int:
    figures = Figures("compile", BASELINE)
    kinds = [(compiler, level) for compiler in present(options.compilers) for level in options.levels.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds + 1):
            for compiler, level in kinds:
                for name, source in SOURCES.items():
                    spent = compile_cpu_us(compiler, level, source, Path(folder) / "out.o")
                    if number > 0:  # the first only warms the file cache
                        figures.add(f"hello {compiler} {level}", name, "cpu_us", spent)
    for case in figures.cases():
        print(f"\n{case}; {options.rounds} runs\n{figures.table(case, COLUMNS)}")
    print(f'\nCells are "median [minimum..maximum]"; ratios are to {BASELINE}, of medians and of minima.')
    if options.json:
        figures.write_json(options.json)
    return 0


def present(names: str) -> list[str]:
    found = []
    for name in names.split(","):
        if shutil.which(name) is None:
            print(f"{name}: skipped: no {name}")
        else:
            found.append(name)
    return found


def compile_cpu_us(compiler: str, level: str, source: Path, output: Path) -> float:
    command = [compiler, "-std=c++20", level, "-I", str(ROOT), "-c", str(source), "-o", str(output)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    messages = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise BenchError(f"{' '.join(command)} failed:\n{messages.decode(errors='replace')}")
    return (usage.ru_utime + usage.ru_stime) * 1e6

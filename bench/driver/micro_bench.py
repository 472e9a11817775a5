"""Runs the micro benchmarks (bench/micro_*.cpp) and shows the CPU time of one iteration of each.

Repetitions of all of them are interleaved at random by the benchmark program itself.
"""
import json
import os
import subprocess
import tempfile

from .contenders import add_programs_argument
from .errors import BenchError
from .figures import Figures, align

MICROSECONDS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def add_arguments(parser) -> None:
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of each (default 5)")
    parser.add_argument("--seconds", type=float, default=0.1, help="least time of one repetition (default 0.1)")
    parser.add_argument("--filter", metavar="REGEX", default=".", help="only benchmarks whose name matches")
    parser.add_argument("--cpu", type=int, default=min(os.sched_getaffinity(0)), help="the CPU to run on")
    add_programs_argument(parser)
    parser.add_argument("--json", metavar="FILE", help="also write one JSON object a line")


def run(options) -> int:
    program = options.programs.resolve() / "ngo_micro"
    if not program.exists():
        raise BenchError(f"{program} is not built; ./dev build builds it")
    figures = Figures("micro", None)
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        command = [str(program), f"--benchmark_filter={options.filter}", f"--benchmark_repetitions={options.rounds}",
                   f"--benchmark_min_time={options.seconds}", "--benchmark_enable_random_interleaving=true",
                   f"--benchmark_out={report.name}", "--benchmark_out_format=json"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, {options.cpu}))
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)} ended with code {done.returncode}: {done.stderr}")
        text = report.read()
    if not text.strip():
        raise BenchError(f'no benchmark matches "{options.filter}"')
    collect(json.loads(text), figures)
    print(nanosecond_table(figures))
    if options.json:
        figures.write_json(options.json)
    return 0


def collect(report: dict, figures: Figures) -> None:
    """Takes every single repetition out of Google Benchmark's JSON report; its aggregates are left out."""
    failed = [entry["name"] for entry in report["benchmarks"] if entry.get("error_occurred")]
    if failed:
        raise BenchError(f"these benchmarks failed: {', '.join(failed)}")
    for entry in sorted(report["benchmarks"], key=lambda entry: entry.get("family_index", 0)):
        if entry["run_type"] == "iteration":
            time = entry["cpu_time"] * MICROSECONDS[entry["time_unit"]]
            figures.add(entry["run_name"], "ngo", "cpu_us", time)


def nanosecond_table(figures: Figures) -> str:
    rows = [["benchmark", "CPU ns", "minimum", "maximum"]]
    for case in figures.cases():
        summary = figures.summary(case, "ngo", "cpu_us")
        rows.append([case] + [f"{value * 1e3:,.1f}" for value in (summary.median, summary.minimum, summary.maximum)])
    return align(rows)

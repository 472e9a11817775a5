"""What all benchmarks that load programs in turns have in common: their options, and how they end."""
import os

from . import contenders
from .figures import Figures


def add_arguments(parser, cases: str, rounds: int = 5, seconds: int = 2) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    parser.add_argument("--rounds", type=int, default=rounds, help=f"rounds for each case (default {rounds})")
    parser.add_argument("--seconds", type=int, default=seconds,
                        help=f"seconds of load for each contender and round (default {seconds})")
    parser.add_argument("--cases", metavar="A,B", default=cases, help=f"default: {cases}")
    parser.add_argument("--server-cpu", type=int, default=allowed[0], help="the CPU of the servers")
    parser.add_argument("--load-cpu", type=int, default=allowed[-1], help="the CPU of the load and of this program")
    contenders.add_programs_argument(parser)
    parser.add_argument("--json", metavar="FILE", help="also write one JSON object a line")


def conclude(figures: Figures, options, problems: list[str]) -> int:
    """Explains the tables, writes what --json asks for, tells of the problems. Gives back the exit code."""
    print(f'\nCells are "median [minimum..maximum]"; ratios are to {figures.reference}, of medians and of minima.')
    if options.json:
        figures.write_json(options.json)
    for problem in problems:
        print(f"problem: {problem}")
    return 1 if problems else 0

"""What all benchmarks that load programs in turns have in common: their options, and how they end."""
import contextlib
import os
import shutil
from pathlib import Path

from . import contenders
from .errors import BenchError
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


def find(tool: str) -> str:
    """Where a program is that must be there, also in the folders of administrators."""
    found = shutil.which(tool) or shutil.which(tool, path="/usr/sbin")
    if found is None:
        raise BenchError(f"no {tool}; ./dev deps installs it")
    return found


def select(cases: dict, names: str) -> list:
    for name in names.split(","):
        if name not in cases:
            raise BenchError(f'no case "{name}"; there are: {", ".join(cases)}')
    return [cases[name] for name in names.split(",")]


def begin(options, cases: dict, *tools: str) -> list:
    """Looks for the programs and goes to the CPU of the load; the cases that are wanted."""
    for tool in tools:
        find(tool)
    os.sched_setaffinity(0, {options.load_cpu})
    return select(cases, options.cases)


def in_turns(servers: list, rounds: int, case: str, problems: list[str]):
    """All of them in each round, each time another one first; one that cannot be measured is left out of the rest, and the
    others go on. For `with` inside of `for`: each turn is a context."""
    for number in range(rounds):
        turn = number % max(1, len(servers))
        for server in servers[turn:] + servers[:turn]:
            if server in servers:
                yield server, dropped_on_error(server, servers, case, problems)


@contextlib.contextmanager
def dropped_on_error(server, servers: list, case: str, problems: list[str]):
    try:
        yield
    except BenchError as error:
        problems.append(f"{case}, {server.name}: {error}")
        if server in servers:
            servers.remove(server)


def nginx(folder: Path, configuration: str, **values) -> list[str]:
    """Its command line, with a configuration in which {folder}, {user} and `values` are replaced."""
    path = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    path.write_text(configuration.format(folder=folder, user=user, **values), encoding="utf-8")
    return [find("nginx"), "-c", str(path), "-p", str(folder)]


def conclude(figures: Figures, options, problems: list[str]) -> int:
    """Explains the tables, writes what --json asks for, tells of the problems. Gives back the exit code."""
    print(f'\nCells are "median [minimum..maximum]"; ratios are to {figures.reference}, of medians and of minima.')
    if options.json:
        figures.write_json(options.json)
    for problem in problems:
        print(f"problem: {problem}")
    return 1 if problems else 0

"""Measures HTTP clients: CPU for each request, through one connection each of which one request at a time goes.

One raw epoll server (bench_limit) answers all of them from a CPU of its own; the clients run one after another on another
CPU, in turns, so that what disturbs the machine disturbs all of them. Each counts its own requests and its own CPU time
after a fifth of its time has passed.

The case http2 has one connection in plain text with a hundred requests on it at once, to nghttpd of the distribution.
"""
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import contenders, http2_bench, pairing
from .contenders import PEER_PROGRAMS, PEER_SOURCES, Build, Contender, Unavailable
from .errors import BenchError
from .figures import Column, Figures
from .http_bench import raise_file_limit, show
from .processes import Server, free_port


@dataclass(frozen=True)
class Case:
    name: str
    connections: int
    http2: bool = False  # then so many streams at once


CASES = {case.name: case for case in (Case("keepalive", 64), Case("keepalive-1", 1), Case("keepalive-1000", 1000),
                                      Case("http2", 100, http2=True))}
# Debian 12's libcurl (7.88) cannot use a connection twice that it has opened by prior knowledge ("framing layer").
SPEAK_HTTP2 = ("ngo", "go-net-http")
COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("rps", "requests/s")]
COMMAND = ("{program}", "{port}")


def all_contenders(programs) -> list[Contender]:
    go = PEER_PROGRAMS / "go-client"
    reqwest = PEER_PROGRAMS / "reqwest"
    return [
        Contender("limit", programs / "bench_client_limit", COMMAND),
        Contender("ngo", programs / "bench_client_ngo", COMMAND),
        Contender("libcurl", programs / "bench_client_curl", COMMAND),
        Contender("go-net-http", go, COMMAND,
                  Build(PEER_SOURCES / "go-client", ["go", "build", "-trimpath", "-o", str(go), "."],
                        {"GOFLAGS": "-p=1 -mod=readonly", "GOTOOLCHAIN": "local"}), environment={"GOMAXPROCS": "1"}),
        Contender("reqwest", reqwest / "release/reqwest-peer", COMMAND,
                  Build(PEER_SOURCES / "reqwest",
                        ["cargo", "build", "--quiet", "-j1", "--release", "--locked", "--target-dir", str(reqwest)])),
    ]


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, "keepalive")
    parser.add_argument("--contenders", metavar="A,B", help="default: all; limit is the reference")


def run(options) -> int:
    cases = [pick(CASES, name, "case") for name in options.cases.split(",")]
    programs = options.programs.resolve()
    known = {contender.name: contender for contender in all_contenders(programs)}
    wanted = [pick(known, name, "contender") for name in options.contenders.split(",")] if options.contenders \
        else list(known.values())
    raise_file_limit(max(case.connections for case in cases) + 200)
    ready, problems = [], []
    for contender in wanted:
        try:
            contenders.prepare(contender)
            ready.append(contender)
        except Unavailable as reason:
            print(f"{contender.name}: skipped: {reason}")
        except BenchError as error:
            problems.append(str(error))
    if not ready:
        raise BenchError("there is no contender to measure")
    names = [contender.name for contender in ready]
    figures = Figures("client", None)
    PEER_PROGRAMS.mkdir(parents=True, exist_ok=True)
    for case in cases:
        able = [each for each in ready if not case.http2 or each.name in SPEAK_HTTP2]
        reference = "ngo" if case.http2 else "limit"
        figures.reference = reference if reference in names else names[0]
        try:
            measure_all(case, able, programs, options, figures, problems)
        except BenchError as error:
            problems.append(f"{case.name}: {error}")
            continue
        what = "streams of one connection" if case.http2 else "connections"
        show(f"{case.name}: {case.connections} {what}; {options.rounds} rounds of {options.seconds} s; ratios are to "
             f"{figures.reference}", figures.table(case.name, COLUMNS))
    return pairing.conclude(figures, options, problems)


def measure_all(case: Case, able: list[Contender], programs, options, figures: Figures, problems: list[str]) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as folder:
        (Path(folder) / "hello").write_bytes(http2_bench.BODY)
        command = http2_bench.nghttpd(Path(folder), port) if case.http2 else [str(programs / "bench_limit"), str(port)]
        with Server("server", command, port, options.server_cpu, str(PEER_PROGRAMS / "client-server.log"), {}) as server:
            if case.http2:
                http2_bench.wait_for(server, http2_bench.Case("http2", 1, 1))
            else:
                server.wait_for_answer("/hello", 10)
            for number in range(options.rounds):
                turn = number % len(able)
                for contender in able[turn:] + able[:turn]:
                    try:
                        measure(contender, case, port, options, figures)
                    except BenchError as error:
                        problems.append(f"{case.name}: {error}")


def pick(known: dict, name: str, what: str):
    if name not in known:
        raise BenchError(f'no {what} "{name}"; there are: {", ".join(known)}')
    return known[name]


def measure(contender: Contender, case: Case, port: int, options, figures: Figures) -> None:
    command = [*contender.command_line(port), str(case.connections), str(options.seconds), *(["http2"] if case.http2 else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.seconds + 60, check=False,
                          env={**os.environ, **contender.environment},
                          preexec_fn=lambda: os.sched_setaffinity(0, {options.load_cpu}))
    if done.returncode != 0:
        raise BenchError(f"{contender.name} ended with {done.returncode}: {done.stderr[-300:]}")
    told = json.loads(done.stdout)
    if told["requests"] <= 0:
        raise BenchError(f"{contender.name} had no request answered")
    figures.add(case.name, contender.name, "cpu_us", told["cpu_ns"] / 1000 / told["requests"])
    figures.add(case.name, contender.name, "rps", told["requests"] * 1e9 / told["wall_ns"])

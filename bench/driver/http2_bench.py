"""Measures HTTP/2 without TLS against nghttpd (of the distribution) and Go: CPU for each request, interleaved.

h2load asks on a few connections with many streams each. ngo and Go make the answer by a handler from a struct; nghttpd, which has no
handlers, sends a file of the same bytes. ngo-file does the same as nghttpd. One pinned CPU for the server, one for h2load.
"""
import contextlib
import json
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import contenders, pairing
from .errors import BenchError
from .figures import Column, Figures
from .http_bench import show
from .processes import Server, free_port, time_spent_ns

BODY = json.dumps({"id": 12345, "title": "hello world", "author": "someone", "tags": ["a", "b", "c"], "published": True, "n": 1},
                  separators=(",", ":")).encode()
COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("rps", "requests/s"),
           Column("rss_kib", "MiB after load", 1, 1 / 1024, ratio=False)]


@dataclass(frozen=True)
class Case:
    name: str
    connections: int
    streams: int


CASES = {case.name: case for case in (Case("streams-100", 4, 100), Case("streams-1", 16, 1))}


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES))


def run(options) -> int:
    cases = pairing.begin(options, CASES, "h2load", "nghttpd")
    figures = Figures("http2", "nghttpd")
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as name:
        (Path(name) / "hello").write_bytes(BODY)
        for case in cases:
            measure(case, Path(name), options, figures, problems)
            show(f"{case.name}: {case.connections} connections with {case.streams} streams each; {options.rounds} rounds of "
                 f"{options.seconds} s", figures.table(case.name, COLUMNS))
    return pairing.conclude(figures, options, problems)


def nghttpd(folder: Path, port: int) -> list[str]:
    return [pairing.find("nghttpd"), "--no-tls", "-a", "127.0.0.1", "-d", str(folder), str(port)]


def servers_of(folder: Path, options, problems: list[str]):
    port = free_port()
    yield "nghttpd", nghttpd(folder, port), port, {}
    port = free_port()
    yield "ngo", [str(options.programs / "hello"), "--set", f"httpServer.port={port}", "--set", "ops.port=0"], port, {}
    port = free_port()
    yield "ngo-file", [str(options.programs / "bench_static"), str(folder), "--set", f"httpServer.port={port}",
                       "--set", "ops.port=0"], port, {}
    peer = contenders.go_peer("go-http2", "go-http2")
    try:
        contenders.prepare(peer)
    except (BenchError, contenders.Unavailable) as error:
        problems.append(f"go-http2: {error}")
        return
    port = free_port()
    yield peer.name, peer.command_line(port), port, peer.environment


@dataclass(frozen=True)
class Report:
    requests: int
    requests_per_second: float
    bytes: int


def load(port: int, case: Case, amount: list[str]) -> Report:
    """One run of h2load; every request must succeed."""
    command = [pairing.find("h2load"), "-c", str(case.connections), "-m", str(case.streams), *amount, f"http://127.0.0.1:{port}/hello"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    rate = re.search(r"finished in [^,]+, ([0-9.]+) req/s", done.stdout)
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", done.stdout)
    data = re.search(r"\((\d+)\) data", done.stdout)
    if done.returncode != 0 or not rate or not counts or not data:
        raise BenchError(f"h2load says: {(done.stdout + done.stderr)[-300:]}")
    succeeded, *others = map(int, counts.groups())
    if any(others) or succeeded == 0:
        raise BenchError(f"h2load: {counts.group(0)}")
    return Report(succeeded, float(rate.group(1)), int(data.group(1)))


def wait_for(server: Server, case: Case) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            report = load(server.port, Case(case.name, 1, 1), ["-n", "1"])
            if report.bytes != len(BODY):
                raise BenchError(f"{server.name} answers {report.bytes} bytes instead of {len(BODY)}")
            return
        except BenchError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def measure(case: Case, folder: Path, options, figures: Figures, problems: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        for name, command, port, environment in servers_of(folder, options, problems):
            server = stack.enter_context(Server(name, command, port, options.server_cpu, str(folder / f"{name}.log"), environment))
            wait_for(server, case)
            load(server.port, case, ["-n", "20000"])
            servers.append(server)
        for server, turn in pairing.in_turns(servers, options.rounds, case.name, problems):
            with turn:
                before = server.thread_times()
                report = load(server.port, case, ["-D", str(options.seconds)])
                spent = time_spent_ns(before, server.thread_times())
                figures.add(case.name, server.name, "cpu_us", spent / report.requests / 1000)
                figures.add(case.name, server.name, "rps", report.requests_per_second)
        for server in servers:
            figures.add(case.name, server.name, "rss_kib", server.rss_kib())

"""Measures what examples/gateway does for its callers when a service behind it stalls: latency with deadlines, hedging,
breakers and fallbacks, beside the same pages from plain calls.

A few clients ask one page after another, each over a connection of its own; every answer's latency counts as it was.
"""
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from . import pairing
from .errors import BenchError
from .figures import Column, Figures
from .http_bench import show
from .processes import Server, free_port

CONFIGURATION = """
service:    {{ serviceName: gateway }}
httpServer: {{ port: {port}, requestTimeout: 30s }}
ops:        {{ port: 0 }}
httpClient:
  - {{ name: stories,  baseUrl: "http://127.0.0.1:{services}" }}
  - {{ name: comments, baseUrl: "http://127.0.0.1:{services}" }}
  - {{ name: ratings,  baseUrl: "http://127.0.0.1:{services}" }}
pages:      {{ protect: {protect}, patience: 50ms, hedge: {{ delay: 20ms, percentile: 0.95 }} }}
"""
# Which service is held, every how manyth request, and for how long.
CASES = {"calm": ("ratings", 0, "0s"), "ratings-stall": ("ratings", 1, "2s"), "stories-stall-sometimes": ("stories", 50, "300ms")}
COLUMNS = [Column("p50_us", "p50 ms", 2, 1e-3), Column("p99_us", "p99 ms", 2, 1e-3), Column("rps", "pages/s")]


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES), rounds=3, seconds=5)
    parser.add_argument("--clients", type=int, default=8, help="clients (default 8)")


def run(options) -> int:
    cases = options.cases.split(",")
    for name in cases:
        if name not in CASES:
            raise BenchError(f'no case "{name}"; there are: {", ".join(CASES)}')
    program = options.programs / "gateway"
    if not program.exists():
        raise BenchError(f"{program} is not built; ./dev build builds it")
    os.sched_setaffinity(0, {options.load_cpu})
    figures = Figures("gateway", "plain")
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as folder:
        for case in cases:
            measure(case, program, Path(folder), options, figures)
            service, every, hold = CASES[case]
            what = f"every {every}th request to {service} is held for {hold}" if every > 1 else \
                f"all requests to {service} are held for {hold}" if every else "nothing stalls"
            show(f"{case}: {what}; {options.clients} clients, {options.rounds} rounds of {options.seconds} s",
                 figures.table(case, COLUMNS))
    return pairing.conclude(figures, options, [])


def gateway(program: Path, folder: Path, name: str, port: int, services: int, cpu: int) -> Server:
    configuration = folder / f"{name}-{port}.yaml"
    configuration.write_text(CONFIGURATION.format(port=port, services=services, protect=str(name != "plain").lower()),
                             encoding="utf-8")
    return Server(name, [str(program), "-c", str(configuration)], port, cpu, str(folder / f"{name}.log"), {})


def measure(case: str, program: Path, folder: Path, options, figures: Figures) -> None:
    services = free_port()
    with gateway(program, folder, "services", services, services, options.load_cpu) as behind:
        behind.wait_for_answer("/stories/1", 20)
        for number in range(options.rounds):
            names = ["plain", "protected"] if number % 2 == 0 else ["protected", "plain"]
            for name in names:
                port = free_port()
                with gateway(program, folder, name, port, services, options.server_cpu) as server:
                    set_stall(services, CASES["calm"])
                    server.wait_for_answer("/pages/1", 20)
                    load(port, options.clients, 1)  # connections, and what hedging learns from
                    set_stall(services, CASES[case])
                    began = time.monotonic()
                    latencies = load(port, options.clients, options.seconds)
                    took = time.monotonic() - began
                if len(latencies) < 2:
                    raise BenchError(f"{case}, {name}: no page was answered")
                figures.add(case, name, "p50_us", statistics.median(latencies) * 1e6)
                figures.add(case, name, "p99_us", statistics.quantiles(latencies, n=100, method="inclusive")[98] * 1e6)
                figures.add(case, name, "rps", len(latencies) / took)


def set_stall(port: int, stall) -> None:
    service, every, hold = stall
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("PUT", f"/stall/{service}", json.dumps({"every": every, "hold": hold}),
                       {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    if status >= 300:
        raise BenchError(f"the services answered {status} when they were told to stall")


def load(port: int, clients: int, seconds: float) -> list[float]:
    """Seconds of every answer; a failed one ends the measurement."""
    end = time.monotonic() + seconds
    latencies: list[float] = []
    failures: list[str] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            while (began := time.monotonic()) < end:
                connection.request("GET", "/pages/7")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    failures.append(f"a page was answered with {answer.status}")
                    return
                latencies.append(time.monotonic() - began)
        except OSError as error:
            failures.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise BenchError(failures[0])
    return latencies

"""Measures what seeing everything costs: examples/hello with one part after the other switched on.

The reference is the raw epoll server (bench_limit). "seen" is everything that a service has on: the access log in a
file, metrics with exemplars, traces of which 1 % are sampled while errors and the slowest are kept; "carried" is the
same with a traceparent in every request, "sampled" keeps all traces, "exported" also sends them by OTLP to an nginx that
takes everything. Allocations are counted in a load of their own.
"""
import contextlib
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import pairing, wrk
from .figures import Column, Figures
from .http_bench import CASES as ALL_CASES
from .http_bench import Case, HELLO, check_answer, record, show
from .processes import Server, free_port, time_spent_ns

CASES = {name: ALL_CASES[name] for name in ("keepalive-64", "pipelined-16")}
COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("allocations", "allocations/request", 2, ratio=False),
           Column("rps", "requests/s")]
SINK = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 1000000000; client_max_body_size 0; client_body_buffer_size 1m;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; default_type application/x-protobuf;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 ""; }} }}
}}
"""


@dataclass(frozen=True)
class Part:
    name: str
    metrics: bool = True
    traces: bool = True
    log: bool = True
    ratio: float = 0.01
    carried: bool = False  # a trace comes with each request
    exported: bool = False

    def settings(self, folder: Path, sink: str) -> list[str]:
        chosen = {"httpServer.middlewares.accessLog.enabled": str(self.log).lower(),
                  "httpServer.middlewares.accessLog.noFile": "false",
                  "httpServer.middlewares.accessLog.path": str(folder / self.name),
                  "metrics.enabled": str(self.metrics).lower(), "tracing.enabled": str(self.traces).lower(),
                  "tracing.sampling.ratio": str(self.ratio)}
        if self.exported:
            chosen |= {"tracing.type": "otlp", "tracing.otlp.endpoint": f"{sink}/v1/traces"}
        return [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]


PARTS = (Part("bare", metrics=False, traces=False, log=False), Part("log", metrics=False, traces=False),
         Part("metrics", traces=False, log=False), Part("traces", metrics=False, log=False), Part("seen"),
         Part("carried", carried=True), Part("sampled", ratio=1), Part("exported", ratio=1, exported=True))


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES))


def run(options) -> int:
    cases = pairing.begin(options, CASES, "wrk", "nginx")
    figures = Figures("telemetry", "limit")
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        sink = stack.enter_context(start_sink(folder, options))
        for case in cases:
            measure(case, folder, f"http://127.0.0.1:{sink.port}", options, figures, problems)
            show(f"{case.name}: 64 connections; {options.rounds} rounds of {options.seconds} s", figures.table(case.name, COLUMNS))
    return pairing.conclude(figures, options, problems)


def start_sink(folder: Path, options) -> Server:
    port = free_port()
    server = Server("sink", pairing.nginx(folder, SINK, port=port), port, options.load_cpu, str(folder / "sink"), {})
    server.wait_for_answer("/", 60)
    return server


def start_part(part: Part, folder: Path, sink: str, options, environment: dict) -> Server:
    port = free_port()
    command = [str(options.programs / "hello"), "--set", f"httpServer.port={port}", "--set", "ops.port=0",
               *part.settings(folder, sink)]
    return Server(part.name, command, port, options.server_cpu, str(folder / f"{part.name}-run.log"), environment)


def measure(case: Case, folder: Path, sink: str, options, figures: Figures, problems: list[str]) -> None:
    scripts = {}
    for carried in (False, True):
        scripts[carried] = folder / f"{case.name}-{carried}.lua"
        make = wrk.traced_script if carried else wrk.pipeline_script
        scripts[carried].write_text(make("/hello", case.pipeline), encoding="utf-8")

    def load(server: Server, seconds: int) -> wrk.Report:
        carried = server.name == "carried"
        return wrk.run(server.port, "/hello", case.connections, seconds, options.load_cpu, str(scripts[carried]))

    with contextlib.ExitStack() as stack:
        port = free_port()
        servers = [stack.enter_context(Server("limit", [str(options.programs / "bench_limit"), str(port)], port,
                                              options.server_cpu, str(folder / "limit"), {}))]
        servers += [stack.enter_context(start_part(part, folder, sink, options, {})) for part in PARTS]
        for server in servers:
            server.wait_for_answer("/hello", 60)
            check_answer(server, "/hello", HELLO)
            load(server, 1)
        for server, turn in pairing.in_turns(servers, options.rounds, case.name, problems):
            with turn:
                before = server.thread_times()
                report = load(server, options.seconds)
                record(case, server, report, time_spent_ns(before, server.thread_times()), figures, problems)
    for part in PARTS:
        figures.add(case.name, part.name, "allocations", allocations(part, folder, sink, options, load))


def allocations(part: Part, folder: Path, sink: str, options, load) -> float:
    """For a request, of the whole process, after a second of the same load."""
    counter = folder / "allocations"
    counter.write_bytes(bytes(8))
    preload = {"LD_PRELOAD": str(options.programs / "bench_count_allocations.so"), "BENCH_ALLOCATIONS": str(counter)}
    with start_part(part, folder, sink, options, preload) as server:
        server.wait_for_answer("/hello", 60)
        load(server, 1)
        before = struct.unpack("Q", counter.read_bytes())[0]
        report = load(server, options.seconds)
        return (struct.unpack("Q", counter.read_bytes())[0] - before) / max(1, report.requests)

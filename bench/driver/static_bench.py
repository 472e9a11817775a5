"""Measures static files and large bodies against nginx: CPU for each request and each KiB, interleaved.

Both serve the same files with sendfile from the page cache, one pinned CPU for the server, one for wrk. nginx keeps open
files for a second (open_file_cache), as ngo does, and writes no access log.
"""
import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import pairing, wrk
from .figures import Column, Figures
from .http_bench import check_answer, show
from .processes import Server, free_port, time_spent_ns

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; types {{ }} default_type text/plain;
  open_file_cache max=1000 inactive=20s; open_file_cache_valid 1s;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port} reuseport; root {root}; }}
}}
"""


@dataclass(frozen=True)
class Case:
    name: str
    size: int
    connections: int


CASES = {case.name: case for case in (Case("1KiB", 1 << 10, 64), Case("64KiB", 64 << 10, 32),
                                      Case("1MiB", 1 << 20, 16), Case("64MiB", 64 << 20, 4))}
COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("cpu_ns_kib", "CPU ns/KiB", 1), Column("rps", "requests/s", 1),
           Column("rss_kib", "MiB after load", 1, 1 / 1024, ratio=False)]


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES))


def run(options) -> int:
    cases = pairing.begin(options, CASES, "wrk", "nginx")
    figures = Figures("static", "nginx")
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = folder / "root"
        root.mkdir()
        for case in cases:
            (root / case.name).write_bytes(os.urandom(case.size))
            measure(case, folder, root, options, figures, problems)
            show(f"{case.name}: {case.connections} connections; {options.rounds} rounds of {options.seconds} s",
                 figures.table(case.name, COLUMNS))
    return pairing.conclude(figures, options, problems)


def servers_of(folder: Path, root: Path, options):
    port = free_port()
    yield "nginx", pairing.nginx(folder, CONFIGURATION, root=root, port=port), port
    port = free_port()
    yield "ngo", [str(options.programs / "bench_static"), str(root), "--set", f"httpServer.port={port}",
                  "--set", "ops.port=0"], port


def measure(case: Case, folder: Path, root: Path, options, figures: Figures, problems: list[str]) -> None:
    path = f"/{case.name}"
    expected = (root / case.name).read_bytes()
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        for name, command, port in servers_of(folder, root, options):
            server = stack.enter_context(Server(name, command, port, options.server_cpu, str(folder / name), {}))
            server.wait_for_answer(path, 60)
            check_answer(server, path, expected)
            wrk.run(server.port, path, case.connections, 1, options.load_cpu, None)
            servers.append(server)
        for server, turn in pairing.in_turns(servers, options.rounds, case.name, problems):
            with turn:
                before = server.thread_times()
                report = wrk.run(server.port, path, case.connections, options.seconds, options.load_cpu, None)
                spent = time_spent_ns(before, server.thread_times())
                problems += [f"{case.name}, {server.name}: {error}" for error in report.errors]
                if report.requests == 0:
                    problems.append(f"{case.name}, {server.name}: no request was answered")
                    continue
                # By what was read: of large answers several are under way when the round ends.
                per_kib = spent / (report.bytes / 1024)
                figures.add(case.name, server.name, "cpu_us", per_kib * (case.size / 1024) / 1000)
                figures.add(case.name, server.name, "cpu_ns_kib", per_kib)
                figures.add(case.name, server.name, "rps", report.requests_per_second)
        for server in servers:
            figures.add(case.name, server.name, "rss_kib", server.rss_kib())

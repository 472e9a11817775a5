"""Measures TLS against nginx: CPU for each keep-alive request of the same bytes, and full handshakes, interleaved.

Both serve the same files with the same certificate, versions, ciphers and curves, by the same OpenSSL. One pinned CPU for
the server, one for wrk. In the handshake cases each request comes on a connection of its own; without tickets, since wrk
would resume its sessions, but in the case that says so.
"""
import contextlib
import os
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import pairing, wrk
from .figures import Column, Figures
from .http_bench import check_answer, record, show
from .processes import Server, free_port, time_spent_ns

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; types {{ }} default_type text/plain;
  open_file_cache max=1000 inactive=20s; open_file_cache_valid 1s;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off; ssl_ecdh_curve X25519:prime256v1:secp384r1;
  ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;
  ssl_session_tickets {tickets};
  server {{
    listen 127.0.0.1:{port} ssl reuseport; root {root};
    ssl_certificate {pair}.pem; ssl_certificate_key {pair}.key;
  }}
}}
"""
KEYS = {"rsa": ["rsa:2048"], "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


@dataclass(frozen=True)
class Case:
    name: str
    size: int
    connections: int
    key: str = "ecdsa"
    handshakes: bool = False
    tickets: bool = True


CASES = {case.name: case for case in (Case("1KiB", 1 << 10, 64), Case("64KiB", 64 << 10, 32), Case("1MiB", 1 << 20, 16),
                                      Case("handshake-rsa", 64, 32, "rsa", True, False),
                                      Case("handshake-ecdsa", 64, 32, "ecdsa", True, False),
                                      Case("resumption", 64, 32, "rsa", True))}
COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("rps", "requests/s", 1),
           Column("rss_kib", "MiB after load", 1, 1 / 1024, ratio=False)]


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES))


def run(options) -> int:
    cases = pairing.begin(options, CASES, "wrk", "nginx", "openssl")
    figures = Figures("tls", "nginx")
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ngo-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = folder / "root"
        root.mkdir()
        for key in KEYS:
            make_certificate(folder / key, KEYS[key])
        for case in cases:
            (root / case.name).write_bytes(os.urandom(case.size))
            measure(case, folder, root, options, figures, problems)
            show(f"{case.name}: {case.connections} connections; {options.rounds} rounds of {options.seconds} s",
                 figures.table(case.name, COLUMNS))
    return pairing.conclude(figures, options, problems)


def make_certificate(pair: Path, key: list[str]) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{pair}.key", "-out", f"{pair}.pem"],
                   check=True, capture_output=True)
    os.chmod(f"{pair}.key", 0o644)  # nginx's workers may be another user


def servers_of(case: Case, folder: Path, root: Path, options):
    port = free_port()
    pair = folder / case.key
    tickets = "on" if case.tickets else "off"
    yield "nginx", pairing.nginx(folder, CONFIGURATION, root=root, port=port, pair=pair, tickets=tickets), port
    port = free_port()
    settings = folder / "app.yaml"
    settings.write_text(f"httpServer: {{tls: {{certificates: [{{cert: {pair}.pem, key: {pair}.key}}], "
                        f"sessionTickets: {str(case.tickets).lower()}}}}}\n", encoding="utf-8")
    yield "ngo", [str(options.programs / "bench_static"), str(root), "-c", str(settings), "--set", f"httpServer.port={port}",
                  "--set", "ops.port=0"], port


def measure(case: Case, folder: Path, root: Path, options, figures: Figures, problems: list[str]) -> None:
    path = f"/{case.name}"
    expected = (root / case.name).read_bytes()
    trust = ssl.create_default_context(cafile=f"{folder / case.key}.pem")
    headers = ("Connection: close",) if case.handshakes else ()

    def load(server, seconds):
        return wrk.run(server.port, path, case.connections, seconds, options.load_cpu, None, "https", headers)

    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        for name, command, port in servers_of(case, folder, root, options):
            server = stack.enter_context(Server(name, command, port, options.server_cpu, str(folder / name), {}))
            server.wait_for_answer(path, 60, trust)
            check_answer(server, path, expected, trust)
            load(server, 1)
            servers.append(server)
        for server, turn in pairing.in_turns(servers, options.rounds, case.name, problems):
            with turn:
                before = server.thread_times()
                report = load(server, options.seconds)
                record(case, server, report, time_spent_ns(before, server.thread_times()), figures, problems)
        for server in servers:
            figures.add(case.name, server.name, "rss_kib", server.rss_kib())

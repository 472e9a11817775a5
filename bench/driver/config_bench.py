"""Measures how long a service takes to do what its file says: from the moment at which a new file stands in the place of the
old one to the first answer that shows it, on a connection that is open all the while."""
import http.client
import os
import statistics
import tempfile
import time
from pathlib import Path

from .errors import BenchError
from .processes import Server, free_port

# The same service with a few keys, and with 2,000.
CASES = {"small": 0, "2000-keys": 1000}
PATIENCE = 20.0


def add_arguments(parser) -> None:
    parser.add_argument("--cases", default=",".join(CASES), help=f"which cases (default {','.join(CASES)})")
    parser.add_argument("--reloads", type=int, default=200, help="reloads of each (default 200)")
    parser.add_argument("--programs", type=Path, default=Path("build/release/bin"), help="where hello is")
    parser.add_argument("--server-cpu", type=int, default=0, help="the service's CPU (default 0)")


def run(options) -> int:
    program = options.programs / "hello"
    if not program.exists():
        raise BenchError(f"{program} is not built; ./dev build builds it")
    print(f"{options.reloads} reloads each, milliseconds from the new file to its effect")
    print(f"{'case':<12}{'p50':>8}{'p99':>8}{'most':>8}")
    for name in options.cases.split(","):
        if name not in CASES:
            raise BenchError(f'no case "{name}"; there are: {", ".join(CASES)}')
        with tempfile.TemporaryDirectory(prefix="ngo-bench-") as folder:
            times = sorted(measure(program, Path(folder), CASES[name], options))
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        print(f"{name:<12}{statistics.median(times) * 1e3:>8.1f}{p99 * 1e3:>8.1f}{times[-1] * 1e3:>8.1f}")
    return 0


def configuration(port: int, loggers: int, is_on: bool) -> str:
    log = "".join(f"  - {{ name: logger{number}, level: info }}\n" for number in range(loggers))
    step = "securityHeaders: {}" if is_on else ""
    return (f"httpServer: {{ host: 127.0.0.1, port: {port}, middlewares: {{ {step} }} }}\nops: {{ port: 0 }}\n"
            + (f"log:\n{log}" if log else ""))


def measure(program: Path, folder: Path, loggers: int, options):
    port = free_port()
    file, other = folder / "app.yaml", folder / "next.yaml"
    file.write_text(configuration(port, loggers, False), encoding="utf-8")
    command = [str(program), "-c", str(file), "-w", "true"]
    with Server("hello", command, port, options.server_cpu, str(folder / "log"), {}) as server:
        server.wait_for_answer("/", PATIENCE)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for number in range(options.reloads):
            is_on = number % 2 == 0
            other.write_text(configuration(port, loggers, is_on), encoding="utf-8")
            time.sleep(0.05)  # the one before has been forgotten
            began = time.monotonic()
            os.replace(other, file)
            while shows(connection) != is_on:
                if time.monotonic() - began > PATIENCE:
                    raise BenchError("the new file has no effect")
            yield time.monotonic() - began
        connection.close()


def shows(connection) -> bool:
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    return answer.getheader("X-Content-Type-Options") is not None

"""Starts a server pinned to a CPU, and reads what it costs.

CPU time is the time on a CPU (user and system) of all threads of the process and of its descendants, in
nanoseconds, as the kernel's scheduler counts it. A thread that ends between two readings takes what it used since
the first with it.
"""
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import time

from .errors import BenchError


class Server:
    """A running contender. Use it as a context manager: leaving stops the process and waits for its end."""

    def __init__(self, name: str, command: list[str], port: int, cpu: int, log_path: str, environment: dict):
        self.name = name
        self.port = port
        self._log_path = log_path
        started_reader, started_writer = os.pipe()

        def prepare() -> None:
            os.sched_setaffinity(0, {cpu})
            os.write(started_writer, struct.pack("q", time.monotonic_ns()))

        try:
            with open(log_path, "wb") as log:
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                 env={**os.environ, **environment}, preexec_fn=prepare)
            self._exec_ns = struct.unpack("q", os.read(started_reader, 8))[0]
        finally:
            os.close(started_reader)
            os.close(started_writer)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def wait_for_answer(self, path: str, limit_seconds: float, tls: ssl.SSLContext | None = None) -> float:
        """Asks until the server answers; returns the milliseconds from exec to the end of the first answer's head."""
        while not answers(self.port, path, tls):
            if self._process.poll() is not None:
                raise BenchError(f"{self.name} ended with code {self._process.returncode} instead of answering; "
                                 f"its output: {self._log_path}")
            if time.monotonic_ns() - self._exec_ns > limit_seconds * 1e9:
                raise BenchError(f"{self.name} did not answer on port {self.port} within {limit_seconds:.0f} s; "
                                 f"its output: {self._log_path}")
            time.sleep(0.0002)
        return (time.monotonic_ns() - self._exec_ns) / 1e6

    def thread_times(self) -> dict[tuple[int, int], int]:
        """Nanoseconds on a CPU by process and thread."""
        times = {}
        for pid in descendants(self._process.pid):
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                        times[pid, int(thread)] = int(file.read().split()[0])
            except OSError:
                continue  # it ended while we looked
        if not times:
            raise BenchError(f"{self.name} ended while it was measured; its output: {self._log_path}")
        return times

    def rss_kib(self) -> int:
        total = 0
        for pid in descendants(self._process.pid):
            try:
                with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                    match = re.search(r"VmRSS:\s+(\d+) kB", file.read())
            except OSError:
                continue
            total += int(match.group(1)) if match else 0
        return total

    def stop(self) -> None:
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def time_spent_ns(before: dict[tuple[int, int], int], after: dict[tuple[int, int], int]) -> int:
    return sum(time - before.get(thread, 0) for thread, time in after.items())


def descendants(pid: int) -> list[int]:
    """The process and all that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int, path: str, tls: ssl.SSLContext | None = None) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as plain:
            plain.settimeout(5)
            connection = plain if tls is None else tls.wrap_socket(plain, server_hostname="127.0.0.1")
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode("ascii"))
            answer = b""
            while b"\r\n\r\n" not in answer:
                received = connection.recv(4096)
                if not received:
                    return False
                answer += received
            return answer.startswith(b"HTTP/1.1 ")
    except OSError:
        return False

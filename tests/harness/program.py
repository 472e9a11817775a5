"""A program under test: started on free ports, waited for by a real answer, stopped by a signal, and checked.

    with Program("echo", "--set", "httpServer.maxHeaders=10") as echo:
        answers = exchange(echo, b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")

Leaving the block stops it by SIGTERM and fails the test when it does not end with 0, or when a sanitizer has
reported anything. Its output is shown when a test fails.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .environment import bin_dir, patience, sanitizer

# The start-up line names the service port, then the ops port: "http://0.0.0.0:8080, ops http://127.0.0.1:8899, ...".
_LISTENER = re.compile(r"https?://(\[[0-9a-f:]*\]|[0-9.]+):(\d+)(?=[,\s])")
_REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:",
            "Assertion", "terminate called")


class ProgramFailed(AssertionError):
    pass


class Program:
    def __init__(self, name, *arguments, env=None, config=None, ops=True, expect_exit=0, stop_within=20.0,
                 greeting=b"", tls=None):
        self.tls = tls  # an ssl.SSLContext where the service port speaks TLS
        self._greeting = greeting  # what a connection begins with, before the first request
        self.name = name
        self.expect_exit = expect_exit
        self.stop_within = stop_within
        self.process = None
        self.port = None
        self.ops_port = None
        self._ops = ops
        self._folder = None
        self._config = config
        self._arguments = list(arguments)
        self._environment = dict(env or {})

    # ---- starting

    def command(self):
        command = [str(bin_dir() / self.name)]
        if self._config is not None:
            path = os.path.join(self._folder, "app.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self._config)
            command += ["-c", path]
        for key, value in (("httpServer.host", "127.0.0.1"), ("httpServer.port", "0"), ("ops.port", "0")):
            if not any(argument.startswith(key + "=") for argument in self._arguments):
                command += ["--set", f"{key}={value}"]
        return command + self._arguments

    def start(self):
        if not os.access(bin_dir() / self.name, os.X_OK):
            raise ProgramFailed(f"{bin_dir() / self.name} is not built")
        self._folder = tempfile.mkdtemp(prefix="ngo-test-")
        self._output = os.path.join(self._folder, "output")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NGO_")}
        # Reports go to stderr and change the exit code; the default of tsan (66) and asan (1) are told apart by text.
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        environment.update(self._environment)
        command = self.command()
        with open(self._output, "wb") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            cwd=self._folder, env=environment)
        return self

    def wait_until_ready(self):
        """Waits for the listeners' line and then for an answer on the service port."""
        deadline = time.monotonic() + patience(20)
        while self.port is None or (self._ops and self.ops_port is None):
            self._read_ports()
            self._check_running(deadline, "it names no listener")
            if self.port is None:
                time.sleep(0.005)
        request = self._greeting + b"GET /health/check HTTP/1.1\r\nHost: ready\r\nConnection: close\r\n\r\n"
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as plain:
                    connection = self.tls.wrap_socket(plain, server_hostname="localhost") if self.tls else plain
                    connection.sendall(request)
                    if connection.recv(16).startswith(b"HTTP/1.1 "):
                        return self
            except OSError:
                pass
            self._check_running(deadline, "it does not answer")
            time.sleep(0.005)

    def _read_ports(self):
        self._take_ports(self.output())

    def _take_ports(self, text):
        found = _LISTENER.findall(text)
        if found:
            self.port = int(found[0][1])
        if len(found) > 1:
            self.ops_port = int(found[1][1])

    def _check_running(self, deadline, complaint):
        if self.process.poll() is not None:
            raise ProgramFailed(f"{self.name} ended with {self.process.returncode} at its start:\n{self.output()}")
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{self.name} does not get ready: {complaint}:\n{self.output()}")

    def __enter__(self):
        try:
            return self.start().wait_until_ready()
        except BaseException:
            self.kill()
            self._clean()
            raise

    # ---- looking

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def output(self) -> str:
        with open(self._output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def peak_kib(self) -> int:
        """The most memory that it has ever had resident."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))

    def resident_kib(self) -> int:
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # ---- stopping

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=None) -> int:
        """The exit code, once it has ended by itself or by a signal that was sent before."""
        try:
            return self.process.wait(patience(seconds or self.stop_within))
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"{self.name} is still running:\n{self._tail()}") from None

    def stop(self):
        if self.running:
            self.signal()
        code = self.wait()
        self.check_reports()
        if code != self.expect_exit:
            raise ProgramFailed(f"{self.name} ended with {code} instead of {self.expect_exit}:\n{self._tail()}")

    def check_reports(self):
        text = self.output()
        for report in _REPORTS:
            if report in text:
                at = text.index(report)
                raise ProgramFailed(f"{self.name} reported:\n{text[max(0, at - 200):at + 6000]}")

    def kill(self):
        if self.process is not None and self.running:
            self.process.kill()
            self.process.wait()

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.stop()
            elif self.process is not None and hasattr(error, "add_note"):
                error.add_note(f"---- output of {self.name} ----\n{self._tail()}")
        finally:
            self.kill()
            self._clean()
        return False

    def _tail(self):
        return self.output()[-4000:]

    def _clean(self):
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def run_once(name, *arguments, env=None, seconds=20.0, cwd="/"):
    """Runs a program that is expected to end by itself; gives back its exit code, stdout and stderr."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NGO_")}
    environment.update(env or {})
    done = subprocess.run([str(bin_dir() / name), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=patience(seconds), env=environment, cwd=cwd, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

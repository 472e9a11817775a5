"""Our client against servers of the tests: `Caller` runs the program that calls, `RawServer` plays bytes to it.

    with RawServer([b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi"]) as server, Caller() as caller:
        answer = caller.call(server.url("/x"))

A connection of a RawServer plays a script: bytes are sent; READ waits for a whole request, PAUSE for a moment, RESET breaks
the connection off, STALL keeps it open and silent until the test ends. At the end of a script the connection is closed.
"""

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import threading
import time

from .environment import bin_dir, patience

READ, RESET, STALL, END_SENDING = object(), object(), object(), object()


class Pause:
    def __init__(self, seconds):
        self.seconds = seconds


class Drip:
    """Bytes that are sent one by one."""

    def __init__(self, data, seconds=0.0):
        self.data = data
        self.seconds = seconds


class Caller:
    def __init__(self, environment=None, **options):
        path = bin_dir() / "caller"
        if not os.access(path, os.X_OK):
            raise AssertionError(f"{path} is not built")
        self.process = subprocess.Popen([str(path), json.dumps(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
        if not self.process.stdout.readline():
            raise AssertionError("caller did not start: " + self.process.stderr.read().decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, url, method="GET", within=20.0, **order):
        line = json.dumps({"method": method, "url": url, **order}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        readable, _, _ = select.select([self.process.stdout], [], [], patience(within))
        if not readable:
            self.process.kill()
            raise AssertionError(f"the caller did not come back within {within} s: {line}")
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError("the caller died: " + self.process.stderr.read().decode(errors="replace"))
        return Answer(json.loads(answer))

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=patience(10))
        errors = self.process.stderr.read().decode(errors="replace")
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        if self.process.returncode != 0 or "Sanitizer" in errors or "runtime error" in errors:
            raise AssertionError(f"the caller ended with {self.process.returncode}: {errors[-4000:]}")


class Answer:
    def __init__(self, told):
        self.told = told
        for name, value in told.items():
            setattr(self, name, value)

    def header(self, name):
        return next((field["value"] for field in self.headers if field["name"].lower() == name.lower()), None)

    def __repr__(self):
        return repr(self.told)


class RawServer:
    """Plays `scripts`, one for each connection in turn, the last one for all that follow."""

    def __init__(self, *scripts, host="127.0.0.1", port=0, path=None):
        self.scripts = list(scripts)
        self.requests = []  # the bytes of each, in the order in which they were complete
        self.connections = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._open = []
        if path is not None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
        else:
            self._listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._listener.listen(100)
        self.port = 0 if path is not None else self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def url(self, target="/"):
        return f"http://127.0.0.1:{self.port}{target}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self):
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                script = self.scripts[min(self.connections, len(self.scripts) - 1)]
                self.connections += 1
            threading.Thread(target=self._play, args=(connection, script), daemon=True).start()

    def _play(self, connection, script):
        received = b""
        with connection, contextlib.suppress(OSError):
            for step in script:
                if step is READ:
                    request, received = self._read_request(connection, received)
                    if request is None:
                        return
                    with self._lock:
                        self.requests.append(request)
                elif step is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                elif step is STALL:
                    self._stop.wait(patience(60))
                elif step is END_SENDING:
                    connection.shutdown(socket.SHUT_WR)
                elif isinstance(step, Pause):
                    self._stop.wait(step.seconds)
                elif isinstance(step, Drip):
                    for byte in step.data:
                        connection.sendall(bytes([byte]))
                        time.sleep(step.seconds)
                else:
                    connection.sendall(step)
            # A close with unread bytes would be a reset.
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(patience(5))
            while connection.recv(65536):
                pass

    @staticmethod
    def _read_request(connection, received):
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return None, b""
            received += more
        head, rest = received.split(b"\r\n\r\n", 1)
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            while not rest.endswith(b"0\r\n\r\n"):
                more = connection.recv(65536)
                if not more:
                    return None, b""
                rest += more
            return head + b"\r\n\r\n" + rest, b""
        length = 0
        for line in lower.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            rest += more
        return head + b"\r\n\r\n" + rest[:length], rest[length:]


class TunnelProxy:
    """An HTTP proxy that opens tunnels (CONNECT) to `port` of this machine, whatever it is asked for."""

    def __init__(self, port):
        self.asked = []  # the bytes of each request
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                more = connection.recv(1)
                if not more:
                    return
                request += more
            self.asked.append(request)
            with socket.create_connection(("127.0.0.1", self._to)) as server:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=self._pump, args=(connection, server), daemon=True).start()
                self._pump(server, connection)

    @staticmethod
    def _pump(source, to):
        with contextlib.suppress(OSError):
            while more := source.recv(65536):
                to.sendall(more)
            to.shutdown(socket.SHUT_WR)

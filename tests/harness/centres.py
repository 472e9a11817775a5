"""Centres of configuration: real ones, fakes, and the program `following` that reads them.

    with Fake(answer) as centre, Following(f"http://127.0.0.1:{centre.port}/app.yaml#interval=50ms") as follower:
        follower.next()
"""

import contextlib
import http.server
import json
import os
import queue
import socket
import subprocess
import threading

from .environment import bin_dir, patience


class Following:
    """The program `following` at work; each of its lines is a read."""

    def __init__(self, address, env=None, cwd=None):
        self.process = subprocess.Popen([bin_dir() / "following", address], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=cwd)
        self.lines = queue.Queue()
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode(errors="replace")
            self.log.append(text)
            if text.startswith('{"documents"'):
                self.lines.put(json.loads(text))

    def next(self, within=20.0):
        """The next read."""
        try:
            return self.lines.get(timeout=patience(within))
        except queue.Empty:
            raise AssertionError(f"nothing was read:\n{''.join(self.log)}") from None

    def until(self, good, within=20.0):
        """The first of the next reads that is good."""
        while True:
            read = self.next(within)
            if good(read):
                return read

    def text(self, within=20.0):
        """Of the next read, which must have one document."""
        read = self.next(within)
        if read["error"] or len(read["documents"]) != 1:
            raise AssertionError(f"expected one document, read {read}\n{''.join(self.log)}")
        return read["documents"][0]["text"]

    def becomes(self, text, within=60.0):
        """Until a read is one document with that text, whatever comes before."""
        self.until(lambda read: [each["text"] for each in read["documents"]] == [text], within)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for word in ("Sanitizer", "runtime error:", "Assertion", "terminate called"):
            if any(word in line for line in self.log):
                raise AssertionError(f"following reported:\n{''.join(self.log)}")


def follow_once(address, env=None, cwd=None):
    """What a single read gives."""
    done = subprocess.run([bin_dir() / "following", address, "once"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env={**os.environ, **(env or {})}, cwd=cwd, timeout=patience(60))
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith('{"documents"')]
    if not lines or done.stderr:
        raise AssertionError(f"{done.returncode}: {done.stdout.decode()}\n{done.stderr.decode(errors='replace')}")
    return json.loads(lines[-1])


class Ask:
    """A request as a Fake sees it."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")


class Fake:
    """A server on a free port. `answer(ask)` gives back (status, headers, body), on a thread of the request's own."""

    def __init__(self, answer, port=0, context=None):
        self.asks = []
        fake = self

        self.connections = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                fake.connections.add(self.connection)

            def finish(self):
                fake.connections.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def serve(self):
                size = int(self.headers.get("Content-Length") or 0)
                ask = Ask(self.command, self.path, self.headers, self.rfile.read(size).decode())
                fake.asks.append(ask)
                status, headers, body = answer(ask)
                data = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(data)

            do_GET = do_POST = serve

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # whoever asked has gone

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """All connections are cut."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

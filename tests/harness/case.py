"""A test case with a program that all of its tests ask."""

import json
import time
import unittest

from .environment import patience
from .program import Program
from .wire import Connection


class ServedCase(unittest.TestCase):
    """Starts `program` before the first test and stops and checks it after the last."""

    program = "probe"
    arguments = ()
    greeting = b""
    server: Program

    @classmethod
    def setUpClass(cls):
        cls.server = Program(cls.program, *cls.arguments, greeting=cls.greeting)
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def setUp(self):
        self.assertTrue(self.server.running, f"{self.program} has ended")

    def connect(self, **options) -> Connection:
        connection = Connection(self.server, **options)
        self.addCleanup(connection.close)
        return connection

    def ask(self, target, method="GET", headers=(), body=b"", port=None):
        """One request on a connection of its own; gives back the answer."""
        where = self.server if port is None else ("127.0.0.1", port)
        with Connection(where) as connection:
            connection.send(request(target, method, ("Connection: close", *headers), body))
            return connection.response(method)

    def ask_json(self, target, **options):
        return json.loads(self.ask(target, **options).body)

    def in_flight(self) -> int:
        """How many requests the service port is working on, as the ops port tells."""
        answer = self.ask("/health/offline", port=self.server.ops_port)
        return int(answer.get("x-inflight"))


class CallingCase(ServedCase):
    """One book calls another, `called`, as its HTTP client "prices"; `client`: more of that client's settings."""

    program = "book"
    client = {}
    called: Program

    @classmethod
    def setUpClass(cls):
        cls.called = Program("book")
        cls.called.__enter__()
        client = {"name": "prices", "baseUrl": f"http://127.0.0.1:{cls.called.port}", **cls.client}
        cls.server = Program("book", config=json.dumps({"counter": {"start": 1}, "httpClient": [client]}))
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.called.__exit__(None, None, None)


def request(target="/", method="GET", headers=(), body=b"", version="HTTP/1.1", host="localhost") -> bytes:
    """The bytes of a request; Content-Length is added when there is a body and no header that frames it."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += headers
    if body and not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*pieces: bytes, trailers=()) -> bytes:
    """A body in chunks."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return coded + b"0\r\n" + b"".join(f"{line}\r\n".encode() for line in trailers) + b"\r\n"


def eventually(condition, what, seconds=10.0):
    """Waits until the condition holds; gives back its value. `what`: a text, or a function that makes it, for a failure."""
    deadline = time.monotonic() + patience(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what() if callable(what) else what} did not happen within {patience(seconds):.0f} s")
        time.sleep(0.005)


# Asked after the bytes of a case: answered, and the connection closed, only if the server is still in step.
LAST = request("/last", headers=("Connection: close",))

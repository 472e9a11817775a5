"""The small client of gRPC against servers that misbehave: each row is what a server does, and the status that the caller gets."""

import struct
import unittest

from harness.calling import READ, RESET, STALL, Caller, Pause
from harness.http2 import END_HEADERS, END_STREAM, HEADERS, block, frame, reset, settings
from test_http_client_http2_faults import CANCEL, HELLO, INTERNAL_ERROR, REFUSED_STREAM, Http2Server, data, goaway, head

OK, UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, UNIMPLEMENTED, UNAVAILABLE = 0, 2, 4, 7, 12, 14
LARGEST_ANSWER = 4 * 1024 * 1024


def message(text=b"hi", compressed=0, length=None):
    return struct.pack(">BI", compressed, len(text) if length is None else length) + text


def trailers(status="0", *fields, stream=1):
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, block(("grpc-status", status), *fields))


def only(status, *fields):
    """An answer of trailers alone."""
    return head(("content-type", "application/grpc"), ("grpc-status", status), *fields, ends=True)


HEAD = head(("content-type", "application/grpc"))
GOOD = HEAD + data(message()) + trailers()
CHUNK = 16_384


class Row:
    def __init__(self, name, script, status, error="", body="", **order):
        self.name, self.script, self.status, self.error, self.body, self.order = name, script, status, error, body, order


ANSWERS = (
    Row("a good answer", [HELLO, READ, GOOD], OK, body="hi"),
    Row("one byte at a time", [HELLO, READ, HEAD, *(data(bytes((byte,))) for byte in message()), trailers()], OK, body="hi"),
    Row("two messages: the first counts", [HELLO, READ, HEAD + data(message() + message(b"more")) + trailers()], OK, body="hi"),
    Row("an empty message", [HELLO, READ, HEAD + data(message(b"")) + trailers()], OK),
    Row("no message at all", [HELLO, READ, HEAD + trailers()], OK),
    # ---- refusals
    Row("trailers only", [HELLO, READ, only("7", ("grpc-message", "no%20way"))], PERMISSION_DENIED, "no way"),
    Row("trailers only without words", [HELLO, READ, only("12")], UNIMPLEMENTED),
    Row("a failure after a message", [HELLO, READ, HEAD + data(message()) + trailers("14", ("grpc-message", "later"))], UNAVAILABLE, "later", "hi"),
    Row("words that do not unpack", [HELLO, READ, only("7", ("grpc-message", "50%zz"))], PERMISSION_DENIED, "50%zz"),
    Row("very many words", [HELLO, READ, only("7", ("grpc-message", "x" * 3000))], PERMISSION_DENIED, "x" * 500),
    Row("trailers only, then a reset", [HELLO, READ, only("7") + reset(1, 0), STALL], PERMISSION_DENIED),
    # ---- no gRPC
    Row("no trailers", [HELLO, READ, HEAD + data(message(), ends=True)], UNKNOWN, "an answer without grpc-status (HTTP 200)"),
    Row("a page", [HELLO, READ, head(("content-type", "text/html"), status="404") + data(b"<html>", ends=True)], UNIMPLEMENTED,
        "an answer without grpc-status (HTTP 404)"),
    Row("a proxy without a server", [HELLO, READ, head(status="503", ends=True)], UNAVAILABLE, "an answer without grpc-status (HTTP 503)"),
    Row("a status of words", [HELLO, READ, only("good")], UNKNOWN, "an answer without grpc-status"),
    Row("a status with more behind it", [HELLO, READ, only("0x")], UNKNOWN, "an answer without grpc-status"),
    Row("a status that is too large", [HELLO, READ, only("99999999999999999999")], UNKNOWN, "an answer without grpc-status"),
    Row("speaks HTTP/1.1", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STALL], UNAVAILABLE, "does not keep to HTTP/2"),
    Row("sends noise", [bytes(range(200)) * 10, STALL], UNAVAILABLE, "does not keep to HTTP/2"),
    # ---- messages that are none
    Row("a compressed message", [HELLO, READ, HEAD + data(message(compressed=1)) + trailers()], UNKNOWN, "no message of gRPC"),
    Row("a head with a strange flag", [HELLO, READ, HEAD + data(message(compressed=77)) + trailers()], UNKNOWN, "no message of gRPC"),
    Row("a message that is cut off", [HELLO, READ, HEAD + data(message(length=3)) + trailers()], UNKNOWN, "no message of gRPC"),
    Row("a message of 4 GiB by its head", [HELLO, READ, HEAD + data(message(length=2**32 - 1)) + trailers()], UNKNOWN, "no message of gRPC"),
    Row("a head of a message that is cut off", [HELLO, READ, HEAD + data(b"\0\0\0") + trailers()], UNKNOWN, "no message of gRPC"),
    Row("garbage", [HELLO, READ, HEAD + data(b"\xff" * 100) + trailers()], UNKNOWN, "no message of gRPC"),
    Row("a message too long", [HELLO, READ, head(("content-length", str(LARGEST_ANSWER + 1))), STALL], UNAVAILABLE,
        f"more than the {LARGEST_ANSWER} that are accepted"),
    Row("more than there is room for", [HELLO, READ, HEAD, *[data(b"\0" * CHUNK)] * 1000, STALL], UNAVAILABLE, "FLOW_CONTROL_ERROR"),
    # ---- it goes away
    Row("closes at once", [], UNAVAILABLE, "HTTP/2 connection"),
    Row("resets the connection", [HELLO, READ, RESET], UNAVAILABLE, "HTTP/2 connection"),
    Row("closes within a message", [HELLO, READ, HEAD + data(message(length=9))], UNAVAILABLE, "closed the HTTP/2 connection"),
    Row("closes before the trailers", [HELLO, READ, HEAD + data(message())], UNAVAILABLE, "closed the HTTP/2 connection"),
    Row("RST_STREAM", [HELLO, READ, reset(1, INTERNAL_ERROR), STALL], UNAVAILABLE, "INTERNAL_ERROR"),
    Row("RST_STREAM within the answer", [HELLO, READ, HEAD + data(message()) + reset(1, CANCEL), STALL], UNAVAILABLE, "CANCEL"),
    Row("GOAWAY without an answer", [HELLO, READ, goaway(1)], UNAVAILABLE, "GOAWAY"),
    Row("GOAWAY and the answer", [HELLO, READ, goaway(1) + GOOD], OK, body="hi"),
    Row("never answers", [HELLO, READ, STALL], DEADLINE_EXCEEDED, "300ms", timeout="300ms"),
    Row("stops within the answer", [HELLO, READ, HEAD + data(message()), STALL], DEADLINE_EXCEEDED, "300ms", timeout="300ms"),
)

# Of a stream that would go on for ever.
STREAMS = (
    Row("ends well", [HELLO, READ, Pause(0.1), GOOD, STALL], OK, body="hi"),
    Row("ends well and resets what comes", [HELLO, READ, Pause(0.1), GOOD + reset(1, 0), STALL], OK, body="hi"),
    Row("refuses at once", [HELLO, READ, only("7", ("grpc-message", "no")), STALL], PERMISSION_DENIED, "no"),
    Row("refuses and resets", [HELLO, READ, only("7", ("grpc-message", "no")) + reset(1, 0), STALL], PERMISSION_DENIED, "no"),
    Row("answers each message, then fails", [HELLO, READ, HEAD + data(message()) * 5, Pause(0.1), trailers("14", ("grpc-message", "moving")), STALL],
        UNAVAILABLE, "moving", "hi"),
    Row("refuses while it takes nothing", [settings(initial_window_size=0), READ, Pause(0.1), only("14"), STALL], UNAVAILABLE),
    Row("GOAWAY in mid-stream, then it closes", [HELLO, READ, HEAD, goaway(1), Pause(0.1)], UNAVAILABLE, "GOAWAY"),
    # It tries again where the news comes in time, and there is one connection only.
    Row("GOAWAY that has not seen the stream", [HELLO, READ, goaway(0), STALL], UNAVAILABLE, "the server "),
    Row("GOAWAY with an error", [HELLO, READ, HEAD, goaway(1, 11)], UNAVAILABLE, "ENHANCE_YOUR_CALM"),
    Row("RST_STREAM in mid-stream", [HELLO, READ, HEAD, Pause(0.1), reset(1, INTERNAL_ERROR), STALL], UNAVAILABLE, "INTERNAL_ERROR"),
    Row("RST_STREAM before an answer", [HELLO, READ, reset(1, CANCEL), STALL], UNAVAILABLE, "CANCEL"),
    Row("refuses every stream", [HELLO, *(step for stream in (1, 3, 5, 7) for step in (READ, reset(stream, REFUSED_STREAM))), STALL],
        UNAVAILABLE, "REFUSED_STREAM"),
    Row("resets the connection in mid-stream", [HELLO, READ, HEAD, Pause(0.1), RESET], UNAVAILABLE, "HTTP/2 connection"),
    Row("closes in mid-stream", [HELLO, READ, HEAD, Pause(0.1)], UNAVAILABLE, "HTTP/2 connection"),
    Row("noise in mid-stream", [HELLO, READ, HEAD, Pause(0.1), b"\xff" * 2000, STALL], UNAVAILABLE, "does not keep to HTTP/2"),
    Row("more than there is room for in mid-stream", [HELLO, READ, HEAD, *[data(b"\0" * CHUNK)] * 1000, STALL], UNAVAILABLE,
        "FLOW_CONTROL_ERROR"),
)


class Misbehaviour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.caller = Caller()

    @classmethod
    def tearDownClass(cls):
        cls.caller.close()

    def check(self, row, kind):
        with Http2Server(row.script) as server:
            answer = self.caller.call(server.url("/v1.Agent/PingSession"), method="POST", grpc=kind, body="hello", **row.order)
            self.assertEqual(answer.code, "", answer)
            self.assertEqual((answer.status, answer.body), (row.status, row.body), answer)
            self.assertIn(row.error, answer.error)
            if row.status == OK:
                self.assertEqual(answer.error, "")

    def test_calls(self):
        for row in ANSWERS:
            with self.subTest(row.name):
                self.check(row, "call")

    def test_streams(self):
        for row in STREAMS:
            with self.subTest(row.name):
                self.check(row, "stream")


if __name__ == "__main__":
    unittest.main()

"""The HTTP client against servers that misbehave in HTTP/2: each row is what a server does, and what the caller is told."""

import os
import pathlib
import struct
import tempfile
import unittest

from harness.calling import READ, RESET, STALL, Caller, Pause, RawServer
from harness.http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, PRIORITY, PUSH_PROMISE,
                           SETTINGS, WINDOW_UPDATE, block, frame, reset, settings, window_update)

INTERNAL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 2, 7, 8, 11
SHORT = {"attempts": 1}


class Http2Server(RawServer):
    """READ waits for the head of a request."""

    @staticmethod
    def _read_request(connection, received):
        while True:
            if received.startswith(PREFACE):
                received = received[len(PREFACE):]
            while len(received) >= 9 and not PREFACE.startswith(received[:len(PREFACE)]):
                length, kind = int.from_bytes(received[:3], "big"), received[3]
                if len(received) < 9 + length:
                    break
                payload, received = received[9:9 + length], received[9 + length:]
                if kind == HEADERS:
                    return payload, received
            more = connection.recv(65536)
            if not more:
                return None, b""
            received += more


def head(*fields, stream=1, status="200", ends=False, more=False):
    flags = (0 if more else END_HEADERS) | (END_STREAM if ends else 0)
    return frame(HEADERS, flags, stream, block((":status", status), *fields))


def data(text=b"", stream=1, ends=False):
    return frame(DATA, END_STREAM if ends else 0, stream, text)


def goaway(last, code=0):
    return frame(GOAWAY, payload=struct.pack(">II", last, code))


HELLO = settings()
OK = head() + data(b"hi", ends=True)
OK3 = head(stream=3) + data(b"hi", stream=3, ends=True)


class Row:
    def __init__(self, name, script, error=None, code=None, body=None, **order):
        self.name, self.script, self.error, self.code, self.body, self.order = name, script, error, code, body, order


GONE = ("the server closed the HTTP/2 connection", "the HTTP/2 connection broke: Connection reset by peer",
        "the HTTP/2 connection has ended", "the HTTP/2 connection broke: Broken pipe")
BREAKS = "the server does not keep to HTTP/2: "
INVALID = "the response is not valid: "
FLOOD = BREAKS + "more frames that move nothing (PING, SETTINGS, empty ones, ...) than are accepted"
MISBEHAVIOUR = (
    # ---- it goes away
    Row("closes at once", [], GONE, "unavailable"),
    Row("resets at once", [RESET], (*GONE, "cannot connect to {address}: Connection reset by peer"), "unavailable"),
    Row("reads and closes", [HELLO, READ], GONE[0], "unavailable"),
    Row("reads and resets", [HELLO, READ, RESET], GONE, "unavailable"),
    Row("closes within a frame", [HELLO, READ, OK[:5]], GONE[0], "unavailable"),
    Row("closes after the head", [HELLO, READ, head()], GONE[0], "unavailable"),
    Row("closes within the body", [HELLO, READ, head() + data(b"some")], GONE[0], "unavailable"),
    Row("says nothing at all", [READ, STALL], "no response within 200ms (readTimeout)", "deadline_exceeded", read_timeout="200ms"),
    Row("never answers", [HELLO, READ, STALL], "no response within 200ms (readTimeout)", "deadline_exceeded", read_timeout="200ms"),
    Row("stops within the body", [HELLO, READ, head() + data(b"some"), STALL],
        "no progress in receiving the response within 200ms (readTimeout)", "deadline_exceeded", read_timeout="200ms"),
    # ---- it says goodbye
    Row("GOAWAY before the answer", [HELLO, READ, goaway(0)], "the server ends the HTTP/2 connection (GOAWAY)", "unavailable"),
    Row("GOAWAY with an error", [HELLO, READ, goaway(1, ENHANCE_YOUR_CALM)],
        "the server ends the HTTP/2 connection (GOAWAY: ENHANCE_YOUR_CALM)", "unavailable"),
    Row("GOAWAY and the answer", [HELLO, READ, goaway(1) + OK], body="hi"),
    Row("GOAWAY within the answer", [HELLO, READ, head() + goaway(1) + data(b"hi", ends=True)], body="hi"),
    Row("GOAWAY, and only a part", [HELLO, READ, head() + data(b"h") + goaway(1)],
        "the server ends the HTTP/2 connection (GOAWAY)", "unavailable"),
    Row("GOAWAY on a stream", [HELLO, READ, frame(GOAWAY, stream=1, payload=bytes(8)), STALL], (BREAKS, INVALID), "internal"),
    Row("GOAWAY too short", [HELLO, READ, frame(GOAWAY, payload=bytes(4)), STALL], BREAKS, "internal"),
    # ---- it resets
    Row("RST_STREAM", [HELLO, READ, reset(1, INTERNAL_ERROR), STALL], "the server has reset the stream: INTERNAL_ERROR", "unavailable"),
    Row("refuses every stream", [HELLO, *(step for stream in (1, 3, 5, 7) for step in (READ, reset(stream, REFUSED_STREAM))), STALL], "the server has reset the stream: REFUSED_STREAM",
        "unavailable"),
    Row("RST_STREAM after the head", [HELLO, READ, head() + reset(1, CANCEL), STALL], "the server has reset the stream: CANCEL",
        "unavailable"),
    Row("RST_STREAM with no error within the body", [HELLO, READ, head() + data(b"h") + reset(1, 0), STALL],
        "the server has reset the stream: NO_ERROR", "unavailable"),
    Row("RST_STREAM after the end", [HELLO, READ, OK + reset(1, 0)], body="hi"),
    Row("RST_STREAM of nothing", [HELLO, READ, reset(7), STALL], BREAKS, "internal"),
    Row("RST_STREAM of the connection", [HELLO, READ, reset(0), STALL], BREAKS, "internal"),
    # ---- it is no server of HTTP/2
    Row("speaks HTTP/1.1", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", STALL], BREAKS, "internal"),
    Row("sends noise", [bytes(range(200)) * 10, STALL], BREAKS, "internal"),
    Row("no SETTINGS first", [READ, OK, STALL], BREAKS, "internal"),
    Row("SETTINGS of a wrong length", [frame(SETTINGS, payload=bytes(5)), STALL], BREAKS, "internal"),
    Row("SETTINGS on a stream", [frame(SETTINGS, stream=1), STALL], (BREAKS, INVALID), "internal"),
    Row("a window too large in SETTINGS", [settings(initial_window_size=2**31), STALL], BREAKS, "internal"),
    Row("ENABLE_PUSH in SETTINGS", [settings(enable_push=1), STALL], BREAKS, "internal"),
    Row("a frame too large", [HELLO, READ, frame(DATA, 0, 1, bytes(20000)), STALL], BREAKS, "internal"),
    # ---- wrong streams
    Row("answers on a stream of its own", [HELLO, READ, head(stream=2), STALL], BREAKS, "internal"),
    Row("answers on a stream that is not open", [HELLO, READ, head(stream=5), STALL], BREAKS, "internal"),
    Row("answers on stream 0", [HELLO, READ, head(stream=0), STALL], BREAKS, "internal"),
    Row("body on a stream that is not open", [HELLO, READ, data(b"x", stream=9), STALL], BREAKS, "internal"),
    Row("body on stream 0", [HELLO, READ, data(b"x", stream=0), STALL], BREAKS, "internal"),
    Row("pushes", [HELLO, READ, frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + block((":path", "/"))), STALL],
        BREAKS + "it pushes, which nobody asked for", "internal"),
    Row("window of nothing", [HELLO, READ, window_update(99, 1), STALL], BREAKS, "internal"),
    Row("window opened by 0", [HELLO, READ, window_update(0, 0), STALL], BREAKS, "internal"),
    Row("window overflow of the connection", [HELLO, READ, window_update(0, 2**31 - 1) * 2, STALL], BREAKS, "internal"),
    Row("window overflow of the stream", [HELLO, READ, window_update(1, 2**31 - 1), STALL], "", "internal"),
    Row("PRIORITY of itself is passed over", [HELLO, READ, frame(PRIORITY, stream=1, payload=struct.pack(">IB", 3, 1)) + OK], body="hi"),
    Row("frames of unknown kinds are passed over", [HELLO, READ, frame(0x77, 0xff, 1, b"x") * 5 + OK], body="hi"),
    # ---- heads
    Row("no status", [HELLO, READ, frame(HEADERS, END_HEADERS, 1, block(("a", "b"))), STALL], INVALID, "internal"),
    Row("status of words", [HELLO, READ, head(status="good"), STALL], INVALID, "internal"),
    Row("status 101", [HELLO, READ, head(status="101"), STALL], INVALID, "internal"),
    Row("status below 100", [HELLO, READ, head(status="099"), STALL], INVALID, "internal"),
    Row("two statuses", [HELLO, READ, head((":status", "200")), STALL], INVALID, "internal"),
    Row("pseudo field of a request", [HELLO, READ, head((":path", "/")), STALL], INVALID, "internal"),
    Row("pseudo field after others", [HELLO, READ, frame(HEADERS, END_HEADERS, 1, block(("a", "b"), (":status", "200"))), STALL],
        INVALID, "internal"),
    Row("capitals", [HELLO, READ, head(("Server", "x")), STALL], INVALID, "internal"),
    Row("a blank in a name", [HELLO, READ, head(("a b", "x")), STALL], INVALID, "internal"),
    Row("a line break in a value", [HELLO, READ, head(("a", "b\r\nc: d")), STALL], INVALID, "internal"),
    Row("a zero byte in a value", [HELLO, READ, head(("a", "b\0c")), STALL], INVALID, "internal"),
    Row("Connection", [HELLO, READ, head(("connection", "close")), STALL], INVALID, "internal"),
    Row("Transfer-Encoding", [HELLO, READ, head(("transfer-encoding", "chunked")), STALL], INVALID, "internal"),
    Row("Keep-Alive", [HELLO, READ, head(("keep-alive", "timeout=5")), STALL], INVALID, "internal"),
    Row("Upgrade", [HELLO, READ, head(("upgrade", "h3")), STALL], INVALID, "internal"),
    Row("two lengths", [HELLO, READ, head(("content-length", "2"), ("content-length", "2")) + data(b"hi", ends=True), STALL],
        INVALID, "internal"),
    Row("a length of words", [HELLO, READ, head(("content-length", "two")), STALL], INVALID, "internal"),
    Row("a head too long", [HELLO, READ, *(head(*((f"f{n}", "x" * 300) for n in range(k, k + 40)), more=True)
                                           if k == 0 else frame(CONTINUATION, END_HEADERS if k == 120 else 0, 1,
                                                                block(*((f"f{n}", "x" * 300) for n in range(k, k + 40))))
                                           for k in range(0, 160, 40)), STALL],
        INVALID + "its head is longer than accepted", "internal"),
    Row("too many fields", [HELLO, READ, head(*((f"f{n}", "x") for n in range(200)), ends=True), STALL],
        INVALID + "it has more header fields than accepted", "internal"),
    Row("a head that does not unpack", [HELLO, READ, frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"), STALL], BREAKS, "internal"),
    Row("an unfinished head", [HELLO, READ, head(more=True) + data(b"x"), STALL], BREAKS, "internal"),
    Row("CONTINUATION of nothing", [HELLO, READ, frame(CONTINUATION, END_HEADERS, 1, block(("a", "b"))), STALL], BREAKS, "internal"),
    Row("a head after the end", [HELLO, READ, OK + head(stream=1)], body="hi"),
    Row("trailers that do not end", [HELLO, READ, head() + data(b"hi") + head(), STALL], INVALID, "internal"),
    Row("trailers with a status", [HELLO, READ, head() + data(b"hi") + head(ends=True), STALL], INVALID, "internal"),
    Row("trailers", [HELLO, READ, head() + data(b"hi") + frame(HEADERS, END_HEADERS | END_STREAM, 1, block(("x-sum", "1")))], body="hi"),
    Row("an interim answer", [HELLO, READ, head(status="103") + OK], body="hi"),
    Row("an interim answer that ends", [HELLO, READ, head(status="103", ends=True), STALL], INVALID, "internal"),
    Row("a storm of interim answers", [HELLO, READ, head(status="103") * 100, STALL],
        INVALID + "more than 16 interim responses (1xx)", "internal"),
    # ---- bodies
    Row("more than announced", [HELLO, READ, head(("content-length", "1")) + data(b"hi", ends=True), STALL], INVALID, "internal"),
    Row("less than announced", [HELLO, READ, head(("content-length", "3")) + data(b"hi", ends=True), STALL], INVALID, "internal"),
    Row("a body before the head", [HELLO, READ, data(b"hi", ends=True), STALL], ("", INVALID), "internal"),
    Row("a body with 204", [HELLO, READ, head(status="204") + data(b"hi", ends=True), STALL], INVALID, "internal"),
    Row("a body after the end", [HELLO, READ, OK + data(b"more")], body="hi"),
    Row("padding longer than the frame", [HELLO, READ, head() + frame(DATA, 0x8, 1, b"\xffab"), STALL], BREAKS, "internal"),
    Row("a body beyond the limit", [HELLO, READ, head() + data(b"x" * 1000) * 3, STALL],
        "the body has more than the 2000 bytes that are accepted (maxResponseBodySize)", "internal", max_body=2000),
    Row("an announced body beyond the limit", [HELLO, READ, head(("content-length", "3000")), STALL],
        "the body has 3000 bytes, more than the 2000 that are accepted (maxResponseBodySize)", "internal", max_body=2000),
    Row("a compressed body that is cut off", [HELLO, READ, head(("content-encoding", "gzip")) + data(b"\x1f\x8b\x08\0\0", ends=True)],
        "the compressed body is cut off", "internal"),
    # ---- floods
    Row("PING flood", [HELLO, READ, frame(PING, payload=bytes(8)) * 20_000, STALL], FLOOD, "internal"),
    Row("SETTINGS flood", [HELLO, READ, settings() * 20_000, STALL], BREAKS, "internal"),
    Row("empty DATA flood", [HELLO, READ, head() + data() * 20_000, STALL], FLOOD, "internal"),
    Row("WINDOW_UPDATE flood", [HELLO, READ, window_update(0, 1) * 20_000, STALL], FLOOD, "internal"),
    Row("PRIORITY flood", [HELLO, READ, frame(PRIORITY, stream=3, payload=bytes(4) + b"\1") * 20_000, STALL], FLOOD, "internal"),
    Row("RST_STREAM flood", [HELLO, READ, reset(1, CANCEL) * 20_000, STALL], (FLOOD, "the server has reset the stream: CANCEL")),
    Row("flood of unknown frames", [HELLO, READ, frame(0x77, payload=b"x") * 20_000, STALL],
        "no response within 200ms (readTimeout)", "deadline_exceeded", read_timeout="200ms"),
    Row("CONTINUATION flood", [HELLO, READ, head(more=True) + frame(CONTINUATION, 0, 1, block(("a", "b"))) * 20_000, STALL],
        BREAKS, "internal"),
    Row("empty CONTINUATION flood", [HELLO, READ, head(more=True) + frame(CONTINUATION, 0, 1) * 20_000, STALL], BREAKS, "internal"),
    Row("a head that is small when packed", [HELLO, READ, frame(HEADERS, 0, 1, block((":status", "200")) + b"\x40\x01a\x7f\x80\x18" + b"x" * 3199) +
                                             frame(CONTINUATION, END_HEADERS, 1, b"\xbe" * 16000), STALL], INVALID, "internal"),
)


class Misbehaviour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.caller = Caller(http2="only")

    @classmethod
    def tearDownClass(cls):
        cls.caller.close()

    def check(self, row, **more):
        with Http2Server(row.script) as server:
            order = {**SHORT, **row.order, **more}
            answer = self.caller.call(server.url("/x"), **order)
            if row.error is None:
                self.assertEqual((answer.error, answer.body), ("", row.body))
                return
            begin = f"GET {server.url('/x')}: "
            self.assertTrue(answer.error.startswith(begin), answer)
            expected = row.error if isinstance(row.error, tuple) else (row.error,)
            expected = tuple(each.format(address=f"127.0.0.1:{server.port}") for each in expected)
            self.assertTrue(answer.error[len(begin):].startswith(expected), answer.error)
            if row.code is not None:
                self.assertEqual(answer.code, row.code, answer.error)

    def test_bodies_in_memory(self):
        for row in MISBEHAVIOUR:
            with self.subTest(row.name):
                self.check(row)

    def test_bodies_as_streams(self):
        for row in MISBEHAVIOUR:
            if "max_body" not in row.order:
                with self.subTest(row.name):
                    self.check(row, streamed=True)

    def test_there_are_at_least_eighty_rows(self):
        self.assertGreaterEqual(len(MISBEHAVIOUR), 80)

    def test_what_was_not_looked_at_is_sent_again_whatever_its_method(self):
        refusals = (reset(1, REFUSED_STREAM), goaway(0), goaway(0, ENHANCE_YOUR_CALM))
        for refusal in refusals:
            with self.subTest(refusal), Http2Server([HELLO, READ, refusal, READ, OK3, STALL], [HELLO, READ, OK]) as server:
                answer = self.caller.call(server.url("/x"), method="POST", body="x")
                self.assertEqual((answer.error, answer.body, answer.attempts), ("", "hi", 2))

    def test_what_may_have_been_looked_at_is_not(self):
        for script in ([HELLO, READ, goaway(1)], [HELLO, READ, reset(1, INTERNAL_ERROR), STALL], [HELLO, READ]):
            with self.subTest(script), Http2Server(script, [HELLO, READ, OK]) as server:
                answer = self.caller.call(server.url("/x"), method="POST", body="x")
                self.assertEqual(answer.code, "unavailable")
                self.assertEqual(server.connections, 1)

    def test_a_get_is_sent_again(self):
        with Http2Server([HELLO, READ, goaway(1)], [HELLO, READ, OK]) as server:
            answer = self.caller.call(server.url("/x"))
            self.assertEqual((answer.error, answer.body, answer.attempts), ("", "hi", 2))

    def test_a_reset_stream_leaves_the_connection_to_the_next(self):
        with Http2Server([HELLO, READ, reset(1, INTERNAL_ERROR), READ, OK3, STALL]) as server:
            self.assertEqual(self.caller.call(server.url("/x"), method="POST", body="x").code, "unavailable")
            self.assertEqual(self.caller.call(server.url("/x")).body, "hi")
            self.assertEqual(server.connections, 1)

    def test_events_go_on_after_a_break(self):
        stream = (("content-type", "text/event-stream"),)
        for broken in (RESET, reset(1, INTERNAL_ERROR), goaway(1)):
            first = [HELLO, READ, head(*stream), data(b"retry: 10\nid: 1\ndata: a\n\nda"), data(b"ta: b\nid: 2\n\ndata: half"), Pause(0.1), broken]
            second = [HELLO, READ, head(*stream), data(b"event: tick\ndata: c\n\n", ends=True), STALL]
            with self.subTest(broken), Http2Server(first, second) as server, Caller(http2="only") as caller:
                answer = caller.call(server.url("/x"), events=3)
                self.assertEqual((answer.error, answer.body), ("", "|1|a\n|2|b\ntick|2|c\n"))

    def test_a_download_goes_on_where_it_broke(self):
        whole = bytes(range(256)) * 160  # 40 KiB
        length = len(whole)
        first = head(("content-length", str(length)), ("etag", '"v1"')) + data(whole[:10_000]) + data(whole[10_000:15_000])
        rest = (head(("content-length", str(length - 15_000)), ("content-range", f"bytes 15000-{length - 1}/{length}"), ("etag", '"v1"'), status="206")
                + data(whole[15_000:30_000]) + data(whole[30_000:], ends=True))
        for broken in (RESET, reset(1, INTERNAL_ERROR), goaway(1)):
            with self.subTest(broken), Http2Server([HELLO, READ, first, Pause(0.1), broken], [HELLO, READ, rest, STALL]) as server, \
                    Caller(http2="only") as caller, tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "file")
                answer = caller.call(server.url("/x"), download=path)
                self.assertEqual((answer.error, answer.attempts), ("", 2))
                self.assertEqual(pathlib.Path(path).read_bytes(), whole)

    def test_a_server_that_has_gone_silent_is_given_up(self):
        with Caller(http2="only", http2PingAfter="100ms") as caller, Http2Server([HELLO, READ, STALL]) as server:
            answer = caller.call(server.url("/x"), attempts=1)
            self.assertIn("the server is silent and does not answer a PING either (http2PingAfter)", answer.error)

    def test_the_server_must_agree_where_nothing_else_is_wanted(self):
        with RawServer([READ, b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"]) as server, Caller(http2="only") as caller:
            answer = caller.call(server.url("/x"), attempts=1)
            self.assertIn(BREAKS, answer.error)


if __name__ == "__main__":
    unittest.main()

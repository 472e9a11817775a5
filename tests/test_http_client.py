"""The HTTP client against servers that misbehave: each row is what a server does, and what the caller is told."""

import unittest

from harness.calling import END_SENDING, READ, RESET, STALL, Caller, Drip, Pause, RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHORT = {"attempts": 1, "readTimeout": "200ms"}


def head(*fields, status="200 OK"):
    return ("\r\n".join((f"HTTP/1.1 {status}", *fields)) + "\r\n\r\n").encode("latin-1")


class Row:
    def __init__(self, name, script, error=None, status=None, body=None, code=None, **order):
        self.name, self.script, self.error, self.status, self.body, self.code = name, script, error, status, body, code
        self.order = order


INVALID = "the response is not valid: "
GONE_AT_ONCE = ("the server closed the connection before it answered",
                "the connection broke before the server answered: Connection reset by peer",
                "the connection broke while the request was sent: Connection reset by peer",
                "the connection broke while the request was sent: Broken pipe",
                "cannot connect to {address}: Connection reset by peer")
MISBEHAVIOUR = (
    # ---- it goes away
    # What the client sees first depends on whether its request is on the way already.
    Row("closes at once", [], GONE_AT_ONCE, code="unavailable"),
    Row("resets at once", [RESET], GONE_AT_ONCE, code="unavailable"),
    Row("reads and closes", [READ], "the server closed the connection before it answered"),
    Row("reads and resets", [READ, RESET], "the connection broke before the server answered: Connection reset by peer"),
    Row("closes within the status line", [READ, b"HTTP/1.1 20"],
        "the server closed the connection in the middle of the response's head"),
    Row("closes within the head", [READ, b"HTTP/1.1 200 OK\r\nContent-Le"],
        "the server closed the connection in the middle of the response's head"),
    Row("closes before the empty line", [READ, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"],
        "the server closed the connection in the middle of the response's head"),
    Row("closes after an interim response", [READ, b"HTTP/1.1 100 Continue\r\n\r\n"],
        "the server closed the connection in the middle of the response's head"),
    Row("closes before the body", [READ, head("Content-Length: 10")],
        "the server closed the connection after 0 of 10 bytes of the body"),
    Row("closes within the body", [READ, head("Content-Length: 10") + b"hello"],
        "the server closed the connection after 5 of 10 bytes of the body"),
    Row("resets within the body", [READ, head("Content-Length: 10") + b"hello", Pause(0.1), RESET],
        "the connection broke after 5 of 10 bytes of the body: Connection reset by peer"),
    Row("closes before the first chunk", [READ, CHUNKED],
        "the server closed the connection after 0 bytes of a chunked body that has not ended"),
    Row("closes within a chunk", [READ, CHUNKED + b"5\r\nhel"],
        "the server closed the connection after 3 bytes of a chunked body that has not ended"),
    Row("closes between chunks", [READ, CHUNKED + b"5\r\nhello\r\n"],
        "the server closed the connection after 5 bytes of a chunked body that has not ended"),
    Row("closes before the last CRLF", [READ, CHUNKED + b"5\r\nhello\r\n0\r\n"],
        "the server closed the connection after 5 bytes of a chunked body that has not ended"),
    # ---- it is slow
    Row("never answers", [READ, STALL], "no response within 200ms (readTimeout)", code="deadline_exceeded"),
    Row("never answers, by the whole", [READ, STALL], "not done with waiting for the response within 150ms (timeout)",
        timeout="150ms"),
    Row("never answers, by the response's limit", [READ, STALL], "no response within 100ms (responseTimeout)",
        response_timeout="100ms"),
    Row("never answers, by the caller's deadline", [READ, STALL],
        "the caller's deadline passed while waiting for the response", deadline="120ms", code="deadline_exceeded"),
    Row("stalls within the head", [READ, b"HTTP/1.1 200 OK\r\n", STALL], "no response within 200ms (readTimeout)"),
    Row("stalls within the body", [READ, head("Content-Length: 10") + b"hello", STALL],
        "no progress in receiving the response within 200ms (readTimeout)"),
    Row("stalls within a chunk", [READ, CHUNKED + b"5\r\nhel", STALL],
        "no progress in receiving the response within 200ms (readTimeout)"),
    Row("drips its head for ever", [READ, Drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, 0.01)],
        "no response within 300ms (responseTimeout)", response_timeout="300ms"),
    Row("drips its body for ever", [READ, head("Content-Length: 1000"), Drip(b"x" * 999, 0.01)],
        "not done with receiving the response within 300ms (timeout)", timeout="300ms"),
    Row("drips, and is right", [READ, Drip(OK)], status=200, body="hi"),
    Row("stalls while it is sent to", [STALL], "no progress in sending the request within 300ms (writeTimeout)",
        method="POST", body_size=30_000_000),
    # ---- what is no HTTP
    Row("speaks SSH", [b"SSH-2.0-OpenSSH_9.2\r\n"],
        INVALID + "status line: this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0", code="internal"),
    Row("speaks TLS", [READ, b"\x15\x03\x01\x00\x02\x02\x16"],
        INVALID + "status line: this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0"),
    Row("speaks HTTP/2", [READ, b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"],
        INVALID + "status line: this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0"),
    Row("speaks HTTP/0.9", [READ, b"<html>hello</html>"],
        INVALID + "status line: this is no HTTP/1 response; it must begin with HTTP/1.1 or HTTP/1.0"),
    Row("speaks HTTP/3.0", [READ, b"HTTP/3.0 200 OK\r\n\r\n"],
        INVALID + "status line: only HTTP/1.0 and HTTP/1.1 are understood here"),
    Row("has no status", [READ, b"HTTP/1.1 OK\r\n\r\n"], INVALID + "status line: the status is no number of three digits"),
    Row("has a status of four digits", [READ, b"HTTP/1.1 2000 OK\r\n\r\n"],
        INVALID + "status line: the status has more than three digits"),
    Row("ends lines with LF", [READ, b"HTTP/1.1 200 OK\n\nhi"],
        INVALID + "status line: a line ends with LF alone instead of CRLF"),
    Row("folds a line", [READ, head("X: a\r\n b")], INVALID + "header line 2: folded lines are not accepted"),
    Row("puts a space before a colon", [READ, head("X : a")], INVALID + "header line 1: space before the colon"),
    Row("has a line without a colon", [READ, head("hello")], INVALID + "header line 1: the line has no colon"),
    Row("has a NUL in a header", [READ, head("X: a\0b")],
        INVALID + "header line 1: the field value contains a control character: 0x00"),
    # ---- lengths
    Row("has two lengths", [READ, head("Content-Length: 2", "Content-Length: 3") + b"hi!"],
        INVALID + "header line 2: Content-Length is repeated"),
    Row("has the same length twice", [READ, head("Content-Length: 2", "Content-Length: 2") + b"hi"],
        INVALID + "header line 2: Content-Length is repeated"),
    Row("has a list of lengths", [READ, head("Content-Length: 2, 2") + b"hi"],
        INVALID + "header line 1: the value of Content-Length is not a number in plain digits"),
    Row("has a negative length", [READ, head("Content-Length: -1")],
        INVALID + "header line 1: the value of Content-Length is not a number in plain digits"),
    Row("has an impossible length", [READ, head("Content-Length: 99999999999999999999")],
        INVALID + "header line 1: the value of Content-Length is beyond any possible length"),
    Row("has a length and chunks", [READ, head("Content-Length: 2", "Transfer-Encoding: chunked") + b"0\r\n\r\n"],
        INVALID + "header line 2: Content-Length and Transfer-Encoding exclude each other"),
    Row("has chunks and a length", [READ, head("Transfer-Encoding: chunked", "Content-Length: 2") + b"0\r\n\r\n"],
        INVALID + "header line 2: Content-Length and Transfer-Encoding exclude each other"),
    Row("has an unknown coding", [READ, head("Transfer-Encoding: gzip, chunked")],
        INVALID + "header line 1: Transfer-Encoding must be chunked, alone and once"),
    Row("sends chunks in HTTP/1.0", [READ, b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        INVALID + "header line 1: Transfer-Encoding does not exist in HTTP/1.0"),
    Row("has a body with 204", [READ, head("Content-Length: 2", status="204 No Content") + b"hi"],
        INVALID + "a body is announced with a status that never has one"),
    Row("has more than accepted", [READ, head("Content-Length: 1000000000"), STALL],
        "the body has 1000000000 bytes, more than the 33554432 that are accepted (maxResponseBodySize)", code="internal"),
    Row("sends more than accepted", [READ, CHUNKED + b"ff\r\n" + b"x" * 255, STALL],
        "the body has more than the 100 bytes that are accepted (maxResponseBodySize)", max_body=100),
    # ---- chunks
    Row("has a chunk size that is none", [READ, CHUNKED + b"xyz\r\n"],
        INVALID + "chunked body: a chunk must begin with its size in hexadecimal digits"),
    Row("has a chunk size with a prefix", [READ, CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n"],
        INVALID + "chunked body: a chunk size is followed by a character that is not allowed"),
    Row("has a chunk size with a sign", [READ, CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n"],
        INVALID + "chunked body: a chunk must begin with its size in hexadecimal digits"),
    Row("has an enormous chunk size", [READ, CHUNKED + b"fffffffffffffffff\r\n"],
        (INVALID + "chunked body: a chunk size is beyond any possible size",
         INVALID + "chunked body: a chunk size has more than 16 digits")),
    Row("has a chunk that is longer than it says", [READ, CHUNKED + b"3\r\nhello\r\n0\r\n\r\n"],
        INVALID + "chunked body: the data of a chunk is not followed by CRLF"),
    Row("ends a chunk size with LF", [READ, CHUNKED + b"5\nhello\r\n0\r\n\r\n"],
        INVALID + "chunked body: a chunk size is followed by a character that is not allowed"),
    Row("has endless extensions", [READ, CHUNKED + b"5;" + b"a" * 10_000],
        INVALID + "chunked body: the chunk extensions are longer than accepted"),
    Row("has endless trailers", [READ, CHUNKED + b"0\r\n" + b"X: y\r\n" * 10_000],
        INVALID + "chunked body: the trailer section has more fields than accepted"),
    Row("frames in a trailer", [READ, CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n"],
        INVALID + "chunked body: a field stands in the trailer section that must not stand there"),
    # ---- endless things
    Row("has an endless status line", [READ, b"HTTP/1.1 200 " + b"x" * 100_000],
        INVALID + "status line: the reason phrase is longer than accepted"),
    Row("has an endless header", [READ, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000], INVALID + "its head is longer than accepted"),
    Row("has endless headers", [READ, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000],
        INVALID + "it has more header fields than accepted"),
    Row("sends interim responses for ever", [READ, b"HTTP/1.1 100 Continue\r\n\r\n" * 1000],
        "the server sent more than 16 interim responses (1xx)"),
    Row("sends early hints for ever, slowly", [READ] + [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", Pause(0.01)] * 50,
        "the server sent more than 16 interim responses (1xx)"),
    Row("switches protocols", [READ, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
        "the server switched to another protocol, which nobody asked for"),
    # ---- compressed bodies
    Row("says gzip and is not", [READ, head("Content-Encoding: gzip", "Content-Length: 5") + b"hello"],
        "these bytes are no gzip: incorrect header check", code="internal"),
    Row("cuts a gzip off", [READ, head("Content-Encoding: gzip", "Content-Length: 10") + b"\x1f\x8b\x08\0\0\0\0\0\0\3"],
        "the compressed body is cut off"),
    # ---- what is to be put up with
    Row("interim responses, then an answer", [READ, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK],
        status=200, body="hi"),
    Row("a body until the end of the connection", [READ, b"HTTP/1.1 200 OK\r\n\r\nhello"], status=200, body="hello"),
    Row("HTTP/1.0", [READ, b"HTTP/1.0 200 OK\r\n\r\nhello"], status=200, body="hello"),
    Row("no reason", [READ, b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"], status=200, body="hi"),
    Row("chunks with extensions and trailers",
        [READ, CHUNKED + b"2;a=b\r\nhi\r\n0;last\r\nX: y\r\n\r\n"], status=200, body="hi"),
    Row("an answer to HEAD has a length and no body", [READ, head("Content-Length: 1000")], status=200, body="", method="HEAD"),
    Row("304 has a length and no body", [READ, head("Content-Length: 1000", status="304 Not Modified")], status=304, body=""),
    Row("an answer before the request was read", [b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", STALL],
        status=413, body="no", method="POST", body_size=30_000_000),
    Row("an answer before the stream was read", [b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", STALL],
        status=413, body="no", method="POST", stream_size=30_000_000),
    Row("an answer and a reset while the request is sent",
        [b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", END_SENDING, STALL],
        status=413, body="no", method="POST", body_size=30_000_000),
)


class Misbehaviour(unittest.TestCase):
    """The table, once with the body in memory and once as a stream."""

    def play(self, row, streamed):
        order = {"attempts": 1, **row.order, "streamed": streamed}
        options = {"readTimeout": "200ms", "writeTimeout": "300ms"}
        if streamed and ("max_body" in order or "1000000000" in str(row.error)):
            return
        if streamed and "timeout" in order and "receiving" in str(row.error):
            return  # the limit of the whole ends with the head of a stream
        with RawServer(row.script) as server, Caller(**options) as caller:
            answer = caller.call(server.url("/x"), **order)
        if row.error is None:
            self.assertEqual((answer.error, answer.status, answer.body), ("", row.status, row.body))
            return
        errors = (row.error,) if isinstance(row.error, str) else row.error
        prefix = f"{order.get('method', 'GET')} {server.url('/x')}: "
        errors = [error.replace("{address}", f"127.0.0.1:{server.port}") for error in errors]
        if not any(answer.error == prefix + error for error in errors):
            self.assertEqual(answer.error, prefix + errors[0])
        if row.code:
            self.assertEqual(answer.code, row.code)

    def test_bodies_in_memory(self):
        for row in MISBEHAVIOUR:
            with self.subTest(row.name):
                self.play(row, streamed=False)

    def test_bodies_as_streams(self):
        for row in MISBEHAVIOUR:
            with self.subTest(row.name):
                self.play(row, streamed=True)

    def test_there_are_at_least_fifty_rows(self):
        self.assertGreaterEqual(sum(row.error is not None for row in MISBEHAVIOUR), 50)
        self.assertEqual(len({row.name for row in MISBEHAVIOUR}), len(MISBEHAVIOUR))


if __name__ == "__main__":
    unittest.main()

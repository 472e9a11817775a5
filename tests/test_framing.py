"""Where a request ends must never be in doubt (RFC 9112 sections 2, 5, 6 and 7)."""

from harness import LAST, ServedCase, chunked, exchange, request, split_exchange


def post(*headers, body=b""):
    return request("/echo", "POST", headers, body)


def head(*lines):
    """A POST whose header lines are given byte by byte, with their line ends."""
    return b"POST /echo HTTP/1.1\r\nHost: a\r\n" + b"".join(lines)


TE = "Transfer-Encoding: "

# name, bytes, status: each is refused, the connection is closed, and what follows is not answered.
REFUSED = [
    # both lengths
    ("Transfer-Encoding with Content-Length", post(TE + "chunked", "Content-Length: 5", body=b"0\r\n\r\n"), 400),
    ("Content-Length with Transfer-Encoding", post("Content-Length: 5", TE + "chunked", body=b"0\r\n\r\n"), 400),
    # repeated or odd lengths
    ("two equal lengths", post("Content-Length: 5", "Content-Length: 5", body=b"hello"), 400),
    ("two different lengths", post("Content-Length: 5", "Content-Length: 6", body=b"hello!"), 400),
    ("a list of equal lengths", post("Content-Length: 5, 5", body=b"hello"), 400),
    ("a list of lengths", post("Content-Length: 5,6", body=b"hello"), 400),
    ("a length with plus", post("Content-Length: +5", body=b"hello"), 400),
    ("a negative length", post("Content-Length: -5", body=b"hello"), 400),
    ("a hexadecimal length", post("Content-Length: 0x5", body=b"hello"), 400),
    ("a fraction", post("Content-Length: 5.0", body=b"hello"), 400),
    ("a length with a blank inside", post("Content-Length: 1 2", body=b"hello"), 400),
    ("a length with an underscore", post("Content-Length: 1_0", body=b"hello"), 400),
    ("an empty length", post("Content-Length: ", body=b"hello"), 400),
    ("digits that are not ASCII", post("Content-Length: \xb2", body=b"hello"), 400),
    ("a length beyond 64 bits", post("Content-Length: 18446744073709551621", body=b"hello"), 413),
    ("a length beyond 63 bits", post("Content-Length: 9223372036854775808", body=b"hello"), 413),
    # line ends
    ("LF alone after the request line", b"POST /echo HTTP/1.1\nHost: a\r\n\r\n", 400),
    ("LF alone after a field", b"POST /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    ("LF alone as the empty line", b"POST /echo HTTP/1.1\r\nHost: a\r\n\n", 400),
    ("LF alone everywhere", b"POST /echo HTTP/1.1\nHost: a\n\n", 400),
    ("CR alone after the request line", b"POST /echo HTTP/1.1\rHost: a\r\n\r\n", 400),
    ("CR alone in a value", head(b"X: a\rb\r\n\r\n"), 400),
    ("CR alone before a field", head(b"\rX: a\r\n\r\n"), 400),
    ("CR before CRLF", head(b"X: a\r\r\n\r\n"), 400),
    ("CR and something else as the empty line", head(b"\rX"), 400),
    # fields
    ("obs-fold with a space", head(b"X: a\r\n b\r\n\r\n"), 400),
    ("obs-fold with a tab", head(b"X: a\r\n\tb\r\n\r\n"), 400),
    ("a first field line that begins with a blank", b"POST /echo HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400),
    ("a space before the colon", head(b"X : a\r\n\r\n"), 400),
    ("a tab before the colon", head(b"X\t: a\r\n\r\n"), 400),
    ("a space before the colon of the length", head(b"Content-Length : 5\r\n\r\nhello"), 400),
    ("a space inside a name", head(b"X Y: a\r\n\r\n"), 400),
    ("a line without a colon", head(b"X\r\n\r\n"), 400),
    ("no name", head(b": a\r\n\r\n"), 400),
    ("a name with a bracket", head(b"X(: a\r\n\r\n"), 400),
    ("a name beyond ASCII", head(b"X\xe4: a\r\n\r\n"), 400),
    ("a name with NUL", head(b"X\0: a\r\n\r\n"), 400),
    ("a value with NUL", head(b"X: a\0b\r\n\r\n"), 400),
    ("a value with a control character", head(b"X: a\x01b\r\n\r\n"), 400),
    ("a value with DEL", head(b"X: a\x7f\r\n\r\n"), 400),
    ("a value with a vertical tab at its end", head(b"X: a\x0b\r\n\r\n"), 400),
    # codings
    ("chunked twice", post(TE + "chunked, chunked", body=chunked(b"hello")), 400),
    ("chunked in two fields", post(TE + "chunked", TE + "chunked", body=chunked(b"hello")), 400),
    ("an unknown coding", post(TE + "xchunked", body=b"hello"), 400),
    ("a coding that was removed", post(TE + "identity", body=b"hello"), 400),
    ("an empty coding", post(TE, body=b"hello"), 400),
    ("chunked before another coding", post(TE + "chunked, gzip", body=b"hello"), 400),
    ("chunked behind another coding", post(TE + "gzip, chunked", body=chunked(b"hello")), 501),
    ("chunked in quotes", post(TE + '"chunked"', body=chunked(b"hello")), 400),
    ("chunked with a parameter", post(TE + "chunked;q=1", body=chunked(b"hello")), 400),
    ("chunked in HTTP/1.0", request("/echo", "POST", (TE + "chunked",), chunked(b"hello"), "HTTP/1.0"), 400),
]

CHUNKED = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
BAD_CHUNKS = [
    ("no size", b"\r\nhello\r\n0\r\n\r\n"),
    ("a size that is no number", b"g\r\nhello\r\n0\r\n\r\n"),
    ("a negative size", b"-5\r\nhello\r\n0\r\n\r\n"),
    ("a size with plus", b"+5\r\nhello\r\n0\r\n\r\n"),
    ("a size with prefix", b"0x5\r\nhello\r\n0\r\n\r\n"),
    ("a blank before the size", b" 5\r\nhello\r\n0\r\n\r\n"),
    ("a blank behind the size", b"5 \r\nhello\r\n0\r\n\r\n"),
    ("a size in two parts", b"5 5\r\nhello\r\n0\r\n\r\n"),
    ("a size beyond 64 bits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("a size beyond 63 bits", b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    ("a size of 17 digits", b"00000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("LF alone behind the size", b"5\nhello\r\n0\r\n\r\n"),
    ("CR alone behind the size", b"5\rhello\r\n0\r\n\r\n"),
    ("LF alone behind the data", b"5\r\nhello\n0\r\n\r\n"),
    ("nothing behind the data", b"5\r\nhello0\r\n\r\n"),
    ("data longer than its size", b"4\r\nhello\r\n0\r\n\r\n"),
    ("data shorter than its size", b"6\r\nhello\r\n0\r\n\r\n"),
    ("LF alone behind the last chunk", b"5\r\nhello\r\n0\n\r\n"),
    ("LF alone as the end", b"5\r\nhello\r\n0\r\n\n"),
    ("an extension without a name", b"5;\r\nhello\r\n0\r\n\r\n"),
    ("an extension with LF inside", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    ("an extension with a control character", b"5;a=\x01\r\nhello\r\n0\r\n\r\n"),
    ("an extension whose quotes do not end", b"5;a=\"b\r\nhello\r\n0\r\n\r\n"),
    ("extensions over the limit", b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n"),
    ("many extensions over the limit", b"1;aaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * 400 + b"0\r\n\r\n"),
    ("a trailer without a colon", b"5\r\nhello\r\n0\r\nX\r\n\r\n"),
    ("a trailer with a blank before the colon", b"5\r\nhello\r\n0\r\nX : y\r\n\r\n"),
    ("a folded trailer", b"5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"),
    ("a trailer that ends in LF", b"5\r\nhello\r\n0\r\nX: y\n\r\n"),
    ("a trailer with NUL", b"5\r\nhello\r\n0\r\nX: \0\r\n\r\n"),
]

# name, bytes, body: each is answered with 200 and that body, and the connection goes on.
ACCEPTED = [
    ("no body", post(), b""),
    ("a length", post(body=b"hello"), b"hello"),
    ("a length of zero", post("Content-Length: 0"), b""),
    ("a length with leading zeros", post("Content-Length: 0005", body=b"hello"), b"hello"),
    ("blanks around the length", head(b"Content-Length: \t 5 \t\r\n\r\nhello"), b"hello"),
    ("no blank before the length", head(b"Content-Length:5\r\n\r\nhello"), b"hello"),
    ("a length in another case of letters", head(b"cONTENT-lENGTH: 5\r\n\r\nhello"), b"hello"),
    ("chunks", post(TE + "chunked", body=chunked(b"hello", b" ", b"world")), b"hello world"),
    ("no chunk but the last", post(TE + "chunked", body=chunked()), b""),
    ("chunked in capitals", post(TE + "CHUNKED", body=chunked(b"hello")), b"hello"),
    ("a chunk size in capitals", CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    ("a chunk size with leading zeros", CHUNKED + b"0000005\r\nhello\r\n000\r\n\r\n", b"hello"),
    ("chunk extensions", CHUNKED + b"5;a;b=c;d=\"e;\\\"f\"\r\nhello\r\n0;g\r\n\r\n", b"hello"),
    ("blanks in chunk extensions", CHUNKED + b"5 ; a = b\r\nhello\r\n0\r\n\r\n", b"hello"),
    ("trailers", CHUNKED + b"5\r\nhello\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n", b"hello"),
    ("a body that looks like a request", post(body=LAST), LAST),
    ("chunks that look like a request", post(TE + "chunked", body=chunked(LAST)), LAST),
    ("GET with a body", request("/echo", "GET", (), LAST), LAST),
    ("DELETE with a body", request("/echo", "DELETE", (), LAST), LAST),
    ("OPTIONS with chunks", request("/echo", "OPTIONS", (TE + "chunked",), chunked(b"hello")), b"hello"),
    ("one empty line before the request", b"\r\n" + post(body=b"hello"), b"hello"),
    ("obs-text in a value", head(b"X: \xe4\xff\r\nContent-Length: 5\r\n\r\nhello"), b"hello"),
    ("an empty value", head(b"X:\r\nY: \r\nContent-Length: 5\r\n\r\nhello"), b"hello"),
    ("HTTP/1.0 with a length", request("/echo", "POST", ("Connection: keep-alive",), b"hello", "HTTP/1.0"), b"hello"),
]


class Framing(ServedCase):
    program = "echo"

    def test_refuses_every_doubtful_length_line_end_field_and_coding(self):
        for name, data, status in REFUSED:
            with self.subTest(name):
                self.refuses(data, status)

    def test_refuses_every_broken_chunk(self):
        for name, body in BAD_CHUNKS:
            with self.subTest(name):
                self.refuses(CHUNKED + body, 400)

    def test_refuses_too_large_a_trailer_section(self):
        self.refuses(CHUNKED + b"0\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431)
        self.refuses(CHUNKED + b"0\r\n" + b"X: a\r\n" * 40 + b"\r\n", 431)

    def refuses(self, data, status):
        answers = split_exchange(self.server, data + LAST)
        self.assertEqual([answer.status for answer in answers], [status], answers)
        self.assertTrue(answers[0].closes, "the answer does not announce that the connection is closed")
        self.assertEqual(answers[0].get("content-type"), "application/problem+json")

    def test_accepts_what_is_without_doubt(self):
        for name, data, body in ACCEPTED:
            with self.subTest(name):
                answers = split_exchange(self.server, data + LAST)
                self.assertEqual([(answer.status, answer.body) for answer in answers], [(200, body), (200, b"")])

    def test_a_cut_in_two_at_every_byte_makes_no_difference(self):
        data = (post(TE + "chunked", "X-A: b", body=chunked(b"hello", trailers=("X-T: u",)))
                + post(body=b"world") + LAST)
        for at in range(1, len(data)):
            with self.subTest(at=at), self.connect() as connection:
                connection.send(data[:at])
                connection.send(data[at:])
                self.assertEqual([answer.body for answer in connection.responses_to_the_end()],
                                 [b"hello", b"world", b""])

    def test_trailers_do_not_become_headers(self):
        body = chunked(trailers=("Content-Length: 5", "Host: evil", "X-Late: 1"))
        answers = exchange(self.server, request("/inspect", "POST", (TE + "chunked",), body) + LAST)
        # Refusing such trailers is right as well as ignoring them; taking them for headers is not.
        if answers[0].status == 200:
            self.assertNotIn(b"evil", answers[0].body)
            self.assertNotIn(b"X-Late", answers[0].body)
        else:
            self.assertEqual([answer.status for answer in answers], [400])

    def test_an_unfinished_request_is_not_answered(self):
        for data in (b"GET / HTTP/1.1\r\nHost: a\r\n", post("Content-Length: 10", body=b"hello"),
                     CHUNKED + b"5\r\nhello\r\n"):
            with self.subTest(data=data[:40]), self.connect() as connection:
                connection.send(data)
                connection.finish_sending()
                for answer in connection.responses_to_the_end():
                    self.assertIn(answer.status, (400, 408))

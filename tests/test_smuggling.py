"""Request smuggling: bytes that two programs could cut into requests differently are refused, and the request that
hides in them is never carried out."""

from harness import LAST, ServedCase, exchange, request, split_exchange

HIDDEN = request("/smuggled")


def attack(*lines, body, method="POST"):
    """A request with exactly these header lines (bytes, with their line ends)."""
    return b"%s /sink HTTP/1.1\r\nHost: a\r\n" % method.encode() + b"".join(lines) + b"\r\n" + body


def length(body) -> bytes:
    return b"Content-Length: %d\r\n" % len(body)


TE = b"Transfer-Encoding: chunked\r\n"
ENDS_EARLY = b"0\r\n\r\n" + HIDDEN  # by chunks the hidden request is the next one
COVERED = b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"  # by chunks it is body

# name, bytes, statuses that are right
REFUSED = [
    ("CL.TE", attack(length(ENDS_EARLY), TE, body=ENDS_EARLY)),
    ("CL.TE, the other order", attack(TE, length(ENDS_EARLY), body=ENDS_EARLY)),
    ("TE.CL", attack(b"Content-Length: 4\r\n", TE, body=COVERED)),
    ("TE.CL, the other order", attack(TE, b"Content-Length: 4\r\n", body=COVERED)),
    ("CL.0 with GET", attack(b"Content-Length: 0\r\n", length(HIDDEN), body=HIDDEN, method="GET")),
    ("CL.CL", attack(b"Content-Length: 0\r\n", length(HIDDEN), body=HIDDEN)),
    ("CL.CL, the other order", attack(length(HIDDEN), b"Content-Length: 0\r\n", body=HIDDEN)),
    ("two lengths in one field", attack(b"Content-Length: 0, %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length that folds on", attack(b"Content-Length: 0\r\n %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length with a form feed", attack(b"Content-Length: \x0c0\r\n", body=HIDDEN)),
    ("a length behind a bare CR", attack(b"X: a\rContent-Length: %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length behind a bare LF", attack(b"X: a\nContent-Length: %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length behind NUL", attack(b"X: a\0Content-Length: %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length whose name has a blank", attack(b"Content-Length : %d\r\n" % len(HIDDEN), body=HIDDEN)),
    ("a length whose name has a NUL", attack(b"Content-Length\0: %d\r\n" % len(HIDDEN), body=HIDDEN)),
] + [
    (f"TE.TE: {line!r}", attack(length(ENDS_EARLY), line, body=ENDS_EARLY)) for line in (
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding\t: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\tchunked\r\n",
        b"Transfer-Encoding:chunked\r\n",
        b" Transfer-Encoding: chunked\r\n",
        b"\tTransfer-Encoding: chunked\r\n",
        b"X: X\nTransfer-Encoding: chunked\r\n",
        b"X: X\rTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding\r\n : chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding: \"chunked\"\r\n",
        b"Transfer-Encoding: 'chunked'\r\n",
        b"Transfer-Encoding: chunked\x0b\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding: \x00chunked\r\n",
        b"Transfer-Encoding: chunked\x00\r\n",
        b"Transfer-Encoding: chun\x00ked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: identity, chunked\r\n",
        b"Transfer-Encoding: ,chunked\r\n",
        b"Transfer-Encoding: chunked,\r\n",
        b"Transfer-Encoding: chunked;\r\n",
        b"Transfer-Encoding: cow\r\n",
        b"Transfer-Encoding: chunked chunked\r\n",
        b"Transfer-Encoding: \xffchunked\r\n",
        b"TRANSFER-ENCODING: CHUNKED\r\n",
        b"transfer-encoding: Chunked\r\n",
        b"Transfer-Encoding: ch\xc5\xabnked\r\n",
        b"Transfer-Encoding\x00: chunked\r\n",
        b"Transfer-\x00Encoding: chunked\r\n",
        b"Transfer Encoding: chunked\r\n",
        b"\x00Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding\xa0: chunked\r\n",
    )
] + [
    (f"chunks: {name}", attack(TE, body=body)) for name, body in (
        ("a bare LF hides the size", b"5\nxxxxx\r\n0\r\n\r\n" + HIDDEN),
        ("a size that overflows to zero", b"10000000000000000\r\n" + HIDDEN),
        ("a size that overflows to one", b"10000000000000001\r\nx\r\n0\r\n\r\n" + HIDDEN),
        ("a size cut off by a letter", b"0x\r\n\r\n" + HIDDEN),
        ("a size with a semicolon and LF", b"0;\n\r\n" + HIDDEN),
        ("an extension that hides a line end", b"0;a\nb\r\n\r\n" + HIDDEN),
        ("an extension that hides CR", b"0;a\rb\r\n\r\n" + HIDDEN),
        ("two bytes of anything behind the data", b"1\r\nxZZ0\r\n\r\n" + HIDDEN),
        ("a negative size", b"-1\r\n\r\n" + HIDDEN),
        ("a bare CR as the end", b"0\r\r" + HIDDEN),
        ("a bare LF as the end", b"0\n\n" + HIDDEN),
    )
] + [
    ("HTTP/1.0 with chunks", b"POST /sink HTTP/1.0\r\nConnection: keep-alive\r\n" + TE + b"\r\n" + ENDS_EARLY),
    ("a request line of two lines", b"GET /smuggled HTTP/1.1\r\nX: Y HTTP/1.1\r\nHost : a\r\n\r\n"),
    ("a target with CR LF", b"GET /sink\r\nX: /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
]

# Names that are no spelling of the framing fields: they mean nothing here, whatever others may make of them.
HARMLESS = [b"Transfer_Encoding: chunked\r\n", b"Transfer-Encodin: chunked\r\n", b"XTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding-: chunked\r\n", b"TE: chunked\r\n", b"Content_Length: 0\r\n", b"Content-Length-: 0\r\n",
            b"X: Transfer-Encoding: chunked\r\n"]


class Smuggling(ServedCase):
    def not_smuggled(self):
        self.assertEqual(self.ask_json("/smuggled/count")["count"], 0, "the hidden request was carried out")

    def test_every_ambiguous_request_is_refused_and_the_connection_closed(self):
        for name, data in REFUSED:
            with self.subTest(name):
                answers = split_exchange(self.server, data + LAST)
                self.assertEqual(len(answers), 1, answers)
                self.assertIn(answers[0].status, (400, 501))
                self.assertTrue(answers[0].closes)
                self.not_smuggled()

    def test_names_that_only_resemble_a_framing_field_change_nothing(self):
        for line in HARMLESS:
            with self.subTest(line):
                answers = split_exchange(self.server, attack(length(ENDS_EARLY), line, body=ENDS_EARLY) + LAST)
                self.assertEqual([answer.status for answer in answers], [200, 404], answers)
                self.not_smuggled()

    def test_a_body_that_nobody_reads_is_not_taken_for_a_request(self):
        for target in ("/ignore", "/ignore/task", "/ignore/stream", "/nowhere", "/result/string", "/guarded/secret",
                       "/fail/task/internal"):
            for body, headers in ((HIDDEN * 3, ()), (b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
                                                     ("Transfer-Encoding: chunked",))):
                with self.subTest(target, headers=headers):
                    # Whether the connection lives on may depend on how much had come; what is carried out may not.
                    for bytewise in (False, True):
                        exchange(self.server, request(target, "POST", headers, body) + LAST, bytewise=bytewise)
                        self.not_smuggled()

    def test_a_body_that_is_given_up_half_way_is_not_taken_for_a_request(self):
        body = b"x" * 200_000 + HIDDEN * 10
        for target in ("/ignore/late", "/sink/small", "/ignore/stream"):
            with self.subTest(target):
                with self.connect() as connection:
                    try:
                        connection.send(request(target, "POST", (), body) + LAST)
                    except OSError:
                        pass  # closed in the middle: fine
                    connection.response()
                self.not_smuggled()

    def test_an_upgrade_that_is_not_made_does_not_leave_http(self):
        upgrade = request("/result/string", headers=("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                                                     "HTTP2-Settings: AAMAAABkAAQAAP__"))
        answers = split_exchange(self.server, upgrade + LAST)
        self.assertEqual([answer.status for answer in answers], [200, 404])

"""Compressed answers by negotiation, compressed requests, bombs. brotli and zstd speak through their own programs."""

import gzip
import json
import os
import select
import subprocess
import time
import zlib

from harness import LAST, FilesCase, ServedCase, chunked, exchange, need, request, sanitizer


def decode(coding, data):
    if coding == "gzip":
        return gzip.decompress(data)
    program = [need("brotli"), "-dc"] if coding == "br" else [need("zstd"), "-dcq"]
    return subprocess.run(program, input=data, stdout=subprocess.PIPE, check=True).stdout


def encode(coding, data):
    if coding == "gzip":
        return gzip.compress(data)
    program = [need("brotli"), "-c"] if coding == "br" else [need("zstd"), "-cq"]
    return subprocess.run(program, input=data, stdout=subprocess.PIPE, check=True).stdout


class Answers(ServedCase):
    def compressed(self, target, accept, *more, **options):
        return self.ask(target, headers=(f"Accept-Encoding: {accept}", *more), **options)

    def test_each_coding_gives_back_the_same_text(self):
        for size in (1024, 65_536, 65_537, 1_000_000):
            plain = self.ask(f"/compressed/plain/{size}").body
            for coding in ("gzip", "br", "zstd"):
                for way in ("text", "task"):
                    with self.subTest(coding, size=size, way=way):
                        answer = self.compressed(f"/compressed/{way}/{size}", coding)
                        self.assertEqual(answer.get("content-encoding"), coding)
                        self.assertEqual(answer.get("vary"), "Accept-Encoding")
                        self.assertEqual(answer.get("content-type"), "text/plain; charset=utf-8")
                        self.assertLess(len(answer.body), size)
                        self.assertEqual(decode(coding, answer.body), plain)

    def test_the_client_chooses(self):
        for accept, coding in (("gzip, br, zstd", "zstd"), ("gzip;q=1, br;q=0.9", "gzip"), ("*", "zstd"),
                               ("gzip;q=0", None), ("identity;q=0, gzip;q=0.1", "gzip"), ("deflate", None), ("", None),
                               ("gzip;q=0.5, identity;q=0.8", None)):
            with self.subTest(accept):
                answer = self.compressed("/compressed/text/5000", accept)
                self.assertEqual(answer.get("content-encoding"), coding)
                self.assertEqual(answer.get("vary"), "Accept-Encoding")
        self.assertEqual(self.ask("/compressed/text/5000").get("content-encoding"), None)

    def test_what_is_left_alone(self):
        for target, more, varies in (("/compressed/text/1023", (), False), ("/compressed/plain/5000", (), False),
                                     ("/compressed/typed/5000", ("X-Type: image/png",), False),
                                     ("/compressed/typed/5000", ("X-Type: text/event-stream",), False),
                                     ("/compressed/typed/5000", ("X-Control: private, no-transform",), False),
                                     ("/compressed/typed/5000", ("X-Coding: aes128gcm",), False)):
            with self.subTest(target, more=more):
                answer = self.compressed(target, "gzip", *more)
                self.assertEqual(len(answer.body), int(target.rsplit("/", 1)[1]))
                self.assertEqual(answer.get("vary") is not None, varies)
                if "typed" in target:
                    self.assertEqual(answer.get("etag"), '"tag"')

    def test_the_entity_tag_becomes_weak(self):
        self.assertEqual(self.compressed("/compressed/typed/5000", "gzip").get("etag"), 'W/"tag"')
        self.assertEqual(self.compressed("/compressed/typed/5000", "identity").get("etag"), '"tag"')

    def test_head_tells_the_same_without_the_body(self):
        answer = self.compressed("/compressed/text/5000", "gzip", method="HEAD")
        whole = self.compressed("/compressed/text/5000", "gzip")
        self.assertEqual((answer.get("content-encoding"), answer.get("content-length"), answer.body),
                         ("gzip", whole.get("content-length"), b""))

    def test_a_stream_can_be_read_up_to_its_flush(self):
        with self.connect() as connection:
            connection.send(request("/compressed/stream", headers=("Accept-Encoding: gzip",)))
            inflate = zlib.decompressobj(31)
            got, raw = b"", b""
            while b"\r\n\r\n" not in raw:
                raw += connection.socket.recv(65536)
            head, raw = raw.split(b"\r\n\r\n", 1)
            deadline = time.monotonic() + connection.timeout
            while b"first\n" not in got and time.monotonic() < deadline:
                while b"\r\n" in raw:
                    size, rest = raw.split(b"\r\n", 1)
                    if len(rest) < int(size, 16) + 2:
                        break
                    got += inflate.decompress(rest[:int(size, 16)])
                    raw = rest[int(size, 16) + 2:]
                if b"first\n" not in got:
                    raw += connection.socket.recv(65536)
            self.assertEqual(got, b"first\n")
            # The stream waits on its own worker: asked until that one is met.
            while not select.select([connection.socket], [], [], 0)[0] and time.monotonic() < deadline:
                self.ask("/compressed/go")
            connection.buffer = head + b"\r\n\r\n" + raw
            answer = connection.response()
            text = inflate.decompress(answer.body)
            self.assertEqual(len(text), 300_000)
            self.assertTrue(inflate.eof)
            self.assertEqual(answer.trailers, [("x-end", "1")])

    def test_it_is_off_unless_configured(self):
        self.assertEqual(self.compressed("/result/list", "gzip").get("content-encoding"), None)


class Configured(FilesCase):
    arguments = ("--set", "httpServer.compression.enabled=true", "--set", "httpServer.compression.minSize=10B")

    @classmethod
    def fill(cls, root):
        super().fill(root)
        (root / "large.txt").write_text("abcdefgh" * 100_000)
        (root / "photo.png").write_bytes(bytes(5000))

    def test_everything_of_the_listed_types_is_compressed(self):
        answer = self.ask("/result/list", headers=("Accept-Encoding: gzip",))
        self.assertEqual((answer.get("content-encoding"), json.loads(gzip.decompress(answer.body))[0]["id"]), ("gzip", 7))
        problem = self.ask("/nowhere", headers=("Accept-Encoding: gzip",))
        self.assertEqual((problem.status, problem.get("content-encoding")), (404, "gzip"))

    def test_files_are_compressed_as_they_are_sent(self):
        whole = (self.root / "large.txt").read_bytes()
        for coding in ("gzip", "br", "zstd"):
            answer = self.ask("/static/large.txt", headers=(f"Accept-Encoding: {coding}",))
            self.assertEqual((answer.get("content-encoding"), answer.get("accept-ranges")), (coding, None))
            self.assertTrue(answer.get("etag").startswith('W/"'))
            self.assertEqual(decode(coding, answer.body), whole)
        again = self.ask("/static/large.txt", headers=(f"If-None-Match: {answer.get('etag')}", "Accept-Encoding: gzip"))
        self.assertEqual(again.status, 304)
        part = self.ask("/static/large.txt", headers=("Accept-Encoding: gzip", "Range: bytes=8-15"))
        self.assertEqual((part.status, part.body, part.get("content-encoding")), (206, b"abcdefgh", None))
        large = self.ask("/static/large.txt", headers=("Accept-Encoding: gzip", "Range: bytes=8-"))
        self.assertEqual((large.status, large.get("content-encoding"), large.get("vary")), (206, None, "Accept-Encoding"))
        self.assertEqual(self.ask("/static/photo.png", headers=("Accept-Encoding: gzip",)).get("content-encoding"), None)

    def test_an_old_client_gets_a_body_that_ends_with_the_connection(self):
        data = request("/static/large.txt", headers=("Accept-Encoding: gzip",), version="HTTP/1.0")
        answer = exchange(self.server, data)[0]
        self.assertEqual(gzip.decompress(answer.body), (self.root / "large.txt").read_bytes())


class Requests(ServedCase):
    arguments = ("--set", "httpServer.maxBodySize=1MiB", "--set", "httpServer.decompression.maxRatio=100")

    def post(self, target, body, coding, *more):
        return self.ask(target, method="POST", body=body,
                        headers=(f"Content-Encoding: {coding}", "Content-Type: application/json", *more))

    def test_json_and_streams_are_read_alike(self):
        for coding in ("gzip", "br", "zstd", "X-GZIP"):
            with self.subTest(coding):
                coded = encode(coding.lower().removeprefix("x-"), b'{"text":"hello"}')
                self.assertEqual(self.post("/compressed/json", coded, coding).body, b"hello")
                self.assertEqual(self.post("/compressed/size", coded, coding).body, b"16")
        coded = gzip.compress(os.urandom(256_000))
        pieces = chunked(*[coded[at:at + 100] for at in range(0, len(coded), 100)])
        answer = self.ask("/compressed/size", method="POST", body=pieces,
                          headers=("Content-Encoding: gzip", "Transfer-Encoding: chunked"))
        self.assertEqual(answer.body, b"256000")
        self.assertEqual(self.post("/compressed/json", b'{"text":"x"}', "identity").body, b"x")

    def test_an_unknown_coding_is_refused_with_what_is_known(self):
        for coding in ("deflate", "compress", "gzip, gzip", "br,gzip", "aes128gcm"):
            for target in ("/compressed/json", "/compressed/size"):
                with self.subTest(coding, target=target):
                    answer = self.post(target, b"x", coding)
                    self.assertEqual((answer.status, answer.get("accept-encoding")), (415, "gzip, br, zstd"))
        self.assertEqual(self.post("/compressed/ignored", b"x", "deflate").status, 200)

    def test_what_is_broken_is_refused(self):
        whole = gzip.compress(b'{"text":"hello"}')
        damaged = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
        for body in (b"plain text", whole[:-1], whole + b"x", damaged, b"\0", b"\x1f\x8b"):
            for target in ("/compressed/json", "/compressed/size"):
                with self.subTest(body[:20], target=target):
                    self.assertEqual(self.post(target, body, "gzip").status, 400)

    def test_bombs_are_stopped(self):
        zeros = bytes(20 << 20)
        bombs = [("gzip", gzip.compress(zeros)), ("br", encode("br", zeros)), ("zstd", encode("zstd", zeros)),
                 ("gzip", gzip.compress(bytes(900_000))),  # within the size, above the ratio
                 ("br", encode("br", bytes(900_000)))]
        for coding, bomb in bombs:
            for target in ("/compressed/json", "/compressed/size"):
                with self.subTest(coding, target=target, size=len(bomb)):
                    answer = self.post(target, bomb, coding)
                    self.assertEqual(answer.status, 413, answer)
        if not sanitizer():
            self.assertLess(self.server.resident_kib(), 64 * 1024)

    def test_a_little_that_grows_much_is_no_bomb(self):
        body = gzip.compress(b'{"text":"' + b"a" * 60_000 + b'"}')
        self.assertEqual(len(self.post("/compressed/json", body, "gzip").body), 60_000)

    def test_the_connection_stays_in_step(self):
        body = gzip.compress(b'{"text":"hello"}')
        one = request("/compressed/json", "POST", ("Content-Encoding: gzip",), body)
        unread = request("/compressed/ignored", "POST", ("Content-Encoding: gzip",), body)
        answers = exchange(self.server, one + unread + one + LAST)
        self.assertEqual([answer.status for answer in answers], [200, 200, 200, 404])


class Off(ServedCase):
    arguments = ("--set", "httpServer.decompression.enabled=false")

    def test_compressed_requests_are_refused(self):
        answer = self.ask("/compressed/json", method="POST", body=gzip.compress(b"{}"),
                          headers=("Content-Encoding: gzip",))
        self.assertEqual(answer.status, 415)

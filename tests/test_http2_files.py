"""Files over HTTP/2: windows of one byte, cold pages, files that shrink, conditions and ranges, a large one beside small answers."""

import hashlib
import os

from harness import FilesCase, eventually
from harness.http2 import Http2Connection, window_update

MIB = 1 << 20
LARGE = 64 * MIB


class Http2FilesCase(FilesCase):
    @classmethod
    def fill(cls, root):
        super().fill(root)
        (root / "small.txt").write_bytes(b"0123456789" * 100)
        (root / "parts.bin").write_bytes(bytes(i * 7 % 251 for i in range(300_000)))

    def open(self, **options) -> Http2Connection:
        connection = Http2Connection(self.server, **options)
        self.addCleanup(connection.close)
        return connection


class Small(Http2FilesCase):
    def test_a_window_that_opens_by_one_byte_at_a_time(self):
        for path in ("/static/hundred.bin", "/cached/hundred.bin"):
            for _ in range(3):  # the second comes from memory where files are remembered
                with self.subTest(path):
                    connection = self.open(generous=False, initial_window_size=1)
                    stream = connection.stream(connection.open(path))
                    for count in range(1, 101):
                        connection.until(lambda count=count: len(stream.body) == count)
                        if count < 100:
                            connection.send(window_update(1, 1))
                    connection.until(lambda: stream.ended)
                    self.assertEqual((stream.status, bytes(stream.body)), (200, bytes(range(100))))

    def test_many_at_a_time(self):
        connection = self.open()
        for path in ("/static/small.txt", "/cached/small.txt"):
            for _ in range(5):
                for number in [connection.open(path) for _ in range(100)]:
                    stream = connection.answer(number)
                    self.assertEqual((stream.status, bytes(stream.body)), (200, b"0123456789" * 100))

    def test_head_conditions_and_ranges(self):
        tag = self.ask("/cached/small.txt").get("etag")
        connection = self.open()
        whole = b"0123456789" * 100
        for path in ("/static/small.txt", "/cached/small.txt"):
            for _ in range(2):
                for method, fields, status, body in (
                        ("HEAD", (), 200, b""),
                        ("GET", (("if-none-match", tag),), 304, b""),
                        ("GET", (("if-none-match", '"another"'),), 200, whole),
                        ("GET", (("if-match", '"another"'),), 412, None),
                        ("GET", (("range", "bytes=5-9"),), 206, b"56789"),
                        ("HEAD", (("range", "bytes=5-9"),), 200, b""),
                        ("GET", (("range", "bytes=-3"), ("if-range", tag)), 206, b"789"),
                        ("GET", (("range", "bytes=-3"), ("if-range", '"another"')), 200, whole),
                        ("GET", (("range", "bytes=1000-"),), 416, None)):
                    with self.subTest(path, method=method, fields=fields):
                        stream = connection.ask(path, method, fields)
                        self.assertEqual(stream.status, status)
                        if body is not None:
                            self.assertEqual(bytes(stream.body), body)
        stream = connection.ask("/static/parts.bin", fields=(("range", "bytes=0-99,200000-200099"),))
        whole = (self.root / "parts.bin").read_bytes()
        self.assertEqual(stream.status, 206)
        self.assertIn(whole[:100], bytes(stream.body))
        self.assertIn(whole[200000:200100], bytes(stream.body))
        self.assertEqual(connection.goaways, [])

    def test_a_change_is_seen_with_its_new_tag(self):
        """Rewritten in place: bytes in memory are those of the tag that comes with them."""
        path = self.root / "rewritten.txt"
        path.write_bytes(b"old")
        connection = self.open()
        for _ in range(3):
            self.assertEqual(bytes(connection.ask("/cached/rewritten.txt").body), b"old")
        before = self.ask("/cached/rewritten.txt").get("etag")
        path.write_bytes(b"newer")
        eventually(lambda: bytes(connection.ask("/cached/rewritten.txt").body) == b"newer", "the new bytes")
        # On another connection, and so perhaps from the memory of another worker.
        answer = eventually(lambda: (seen := self.ask("/cached/rewritten.txt")).body == b"newer" and seen, "the new bytes there")
        self.assertNotEqual(answer.get("etag"), before)

    def test_pages_that_are_not_in_memory(self):
        whole = os.urandom(3 * MIB)
        connection = self.open()
        for name, size in (("cold-small.bin", 900), ("cold.bin", len(whole))):
            with open(self.root / name, "wb") as file:
                file.write(whole[:size])
                file.flush()
                os.fsync(file.fileno())
            for path in (f"/static/{name}", f"/cached/{name}"):
                with open(self.root / name, "rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                with self.subTest(path):
                    stream = connection.ask(path)
                    self.assertEqual((stream.status, bytes(stream.body) == whole[:size]), (200, True))


class Large(Http2FilesCase):
    @classmethod
    def fill(cls, root):
        super().fill(root)
        block = os.urandom(MIB)
        cls.hash = hashlib.sha256()
        with open(root / "large.bin", "wb") as file:
            for number in range(LARGE // MIB):
                piece = number.to_bytes(8, "big") + block[8:]
                file.write(piece)
                cls.hash.update(piece)

    def test_a_large_one_comes_whole_while_others_are_answered(self):
        connection = self.open()
        large = connection.stream(connection.open("/static/large.bin", fields=(("priority", "u=5"),)))
        connection.until(lambda: len(large.body) > 0)
        for _ in range(20):
            small = connection.ask("/cached/small.txt")
            self.assertEqual((small.status, len(small.body)), (200, 1000))
        self.assertFalse(large.ended)
        with self.open() as other:
            self.assertEqual(other.ask("/result/string").status, 200)
        connection.until(lambda: large.ended or large.reset is not None)
        self.assertEqual((len(large.body), large.reset), (LARGE, None))
        self.assertEqual(hashlib.sha256(large.body).hexdigest(), self.hash.hexdigest())

    def test_a_file_that_becomes_shorter_ends_its_stream_alone(self):
        path = self.root / "shrinking.bin"
        path.write_bytes(bytes(8 * MIB))
        connection = self.open(generous=False, initial_window_size=100_000)
        number = connection.open("/static/shrinking.bin")
        stream = connection.stream(number)
        connection.until(lambda: len(stream.body) > 0)
        os.truncate(path, MIB // 2)
        connection.send(window_update(0, 2**30) + window_update(number, 2**30))
        connection.until(lambda: stream.ended or stream.reset is not None)
        self.assertFalse(stream.ended)
        self.assertIsNotNone(stream.reset)
        self.assertLess(len(stream.body), 8 * MIB)
        self.assertEqual(connection.ask("/result/string").status, 200)
        self.assertEqual(connection.goaways, [])
        eventually(lambda: "became shorter" in self.server.output(), "a line of the log")

"""Bytes by chance: requests that were cut, spliced and bent, sent in random pieces, by clients that may leave at any time.
Whatever comes, what the server says is HTTP, and it lives on. The dice are loaded: each run throws the same."""

import random
import select

from harness import LAST, Connection, ServedCase, WireError, chunked, eventually, request, scaled

SEEDS = [
    request("/result/struct"), request("/text", "POST", body=b"hello"), request("/sink", "POST", body=b"x" * 3000),
    request("/text", "POST", ("Transfer-Encoding: chunked",), chunked(b"hello", b"world", trailers=("X-A: b",))),
    request("/json", "POST", ("Content-Type: application/json",), b'{"customer":"somebody","quantity":3}'),
    request("/stream?count=3&trailers=true"), request("/slow?time=1ms"), request("/path/two/a%20b/c"),
    request("/text", "POST", ("Expect: 100-continue",), b"hello"), request("/guarded/secret", "POST", body=b"x"),
    request("/ignore/late", "POST", body=b"y" * 500), request("/fail/task/not_found"), request("*", "OPTIONS"),
    request("/result/string", version="HTTP/1.0", headers=("Connection: keep-alive",)), request("/nowhere", "HEAD"),
]
SPICE = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b"0\r\n\r\n", b"Content-Length: 5\r\n", b"\xff", b"%00", b";",
         b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"HTTP/1.1", b"ffffffffffffffff\r\n", b"GET ", b"-", b"Expect: x\r\n"]


def bent(dice) -> bytes:
    data = bytearray(b"".join(dice.choice(SEEDS) for _ in range(dice.randint(1, 4))))
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        at = dice.randrange(len(data) + 1)
        what = dice.randrange(5)
        if what == 0:
            data[at:at] = dice.choice(SPICE)
        elif what == 1:
            del data[at:at + dice.randint(1, 8)]
        elif what == 2:
            data[at:at + 1] = bytes([dice.randrange(256)])
        elif what == 3:
            data[at:at] = data[dice.randrange(len(data) + 1):][:dice.randint(1, 40)]
        else:
            data[at:at + 2] = dice.choice(SPICE)
        if not data:
            data += b"G"
    return bytes(data)


class Noise(ServedCase):
    arguments = ("--set", "httpServer.mode=debug")

    def test_bent_requests_are_answered_in_http_or_not_at_all(self):
        baseline = self.server.descriptors()
        for number in range(scaled(4000)):
            dice = random.Random(number)
            data = bent(dice)
            with self.subTest(number=number), Connection(self.server) as connection:
                try:
                    self.send(connection, data, dice)
                    leave = dice.randrange(4)
                    if leave == 0:
                        connection.vanish()
                        continue
                    if leave > 1:
                        connection.finish_sending()
                    self.read(connection, data, to_the_end=leave > 1)
                except OSError:
                    pass  # closed while bytes were on their way
        eventually(lambda: self.server.descriptors() <= baseline, "the end of all connections", 30)
        eventually(lambda: self.in_flight() == 0, "the end of all requests")
        self.assertEqual([answer.status for answer in self.clean()], [200, 404])

    @staticmethod
    def send(connection, data, dice):
        cuts = sorted(dice.randrange(len(data) + 1) for _ in range(dice.choice((0, 0, 1, 3, 10))))
        for begin, end in zip([0, *cuts], [*cuts, len(data)]):
            connection.send(data[begin:end])

    @staticmethod
    def read(connection, data, to_the_end):
        """Reads answers; to HEAD none can be told from its place in bent bytes, so there only the first line counts."""
        if b"HEAD" in data:
            if connection._fill() and not connection.buffer.startswith(b"HTTP/1.1 "):
                raise WireError(f"{connection.buffer[:100]!r} is no answer")
            return
        try:
            if to_the_end:
                connection.responses_to_the_end()
            elif select.select([connection.socket], [], [], 0.01)[0]:
                connection.response()
        except EOFError:
            pass

    def clean(self):
        with Connection(self.server) as connection:
            connection.send(request("/result/struct") + LAST)
            return connection.responses_to_the_end()

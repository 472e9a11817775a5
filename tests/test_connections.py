"""Many, slow and vanishing clients: what a connection costs, and that none is left behind."""

import resource
import select
import unittest

from harness import Connection, Program, ServedCase, chunked, eventually, note, request, sanitizer, scaled


class Idle(unittest.TestCase):
    def test_ten_thousand_idle_connections(self):
        count = scaled(10_000)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < count * 1.2:
            self.skipTest(f"only {hard} descriptors are allowed here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

        with Program("hello", "--set", "httpServer.idleTimeout=1h") as hello:
            ask = request("/hello")
            with Connection(hello) as first:  # what is made on first use does not count
                first.send(ask)
                first.response()
            before = hello.resident_kib()
            connections = []
            try:
                for _ in range(count):
                    connection = Connection(hello)
                    connections.append(connection)
                    connection.send(ask)
                for connection in connections:
                    self.assertEqual(connection.response().status, 200)
                eventually(lambda: hello.descriptors() >= count, "all connections")
                each = (hello.resident_kib() - before) / count
                note(f"{count} idle connections, {each:.2f} KiB of resident memory each")
                for connection in connections[::count // 100]:
                    connection.send(ask)
                    self.assertEqual(connection.response().status, 200)
                with Connection(hello) as new:
                    new.send(ask)
                    self.assertEqual(new.response().status, 200)
                if not sanitizer():
                    self.assertLess(each, 4, "KiB for each idle connection")
            finally:
                for connection in connections:
                    connection.close()
            eventually(lambda: hello.descriptors() < 100, "the end of all connections", 30)


class OutOfDescriptors(unittest.TestCase):
    def test_connections_wait_until_descriptors_are_free(self):
        if sanitizer():
            self.skipTest("a sanitizer needs descriptors of its own")
        with Program("probe") as probe:
            resource.prlimit(probe.pid, resource.RLIMIT_NOFILE, (60, resource.prlimit(probe.pid, resource.RLIMIT_NOFILE)[1]))
            connections = [Connection(probe) for _ in range(100)]
            for connection in connections:
                connection.send(request("/result/string", headers=("Connection: close",)))
            # Each that is answered makes room for another.
            self.assertEqual([connection.response().body for connection in connections], [b"text"] * 100)
            held = [Connection(probe) for _ in range(100)]
            for connection in held:
                connection.send(request("/result/string"))
            eventually(lambda: "Too many open files" in probe.output(), "the complaint")
            # In any order: each worker takes from a queue of its own.
            waiting = {connection.socket: connection for connection in held}
            while waiting:
                ready = select.select(list(waiting), [], [], 10)[0]
                self.assertTrue(ready, f"{len(waiting)} connections are never answered")
                for socket in ready:
                    connection = waiting.pop(socket)
                    self.assertEqual(connection.response().body, b"text")
                    connection.close()


class Slow(ServedCase):
    program = "probe"
    arguments = ("--set", "httpServer.maxBodySize=1GiB")

    def written(self):
        return self.ask_json("/flow/written")["count"]

    def settled(self):
        """What has been handed over to a client that does not read, once it does not grow any more."""
        last = [-1, 0]

        def unchanged():
            now = self.written()
            last[1] = last[1] + 1 if now == last[0] and now > 0 else 0
            last[0] = now
            return last[1] >= 20
        eventually(unchanged, "the end of writing", 30)
        return last[0]

    def test_a_client_that_does_not_read_stops_its_handler(self):
        size = 100_000_000
        before = self.server.resident_kib()
        connection = self.connect(receive_buffer=64 * 1024)
        connection.send(request(f"/flow?bytes={size}"))
        self.assertLess(self.settled(), 20_000_000)
        if not sanitizer():
            self.assertLess(self.server.resident_kib() - before, 4 * 1024)
        self.assertEqual(len(connection.response().body), size)

    def test_many_clients_that_do_not_read_do_not_fill_the_memory(self):
        before = self.server.resident_kib()
        for _ in range(100):
            self.connect(receive_buffer=4096).send(request("/flow?bytes=1000000000"))
        self.settled()
        grown = self.server.resident_kib() - before
        note(f"100 clients that do not read: {grown} KiB more in all")
        if not sanitizer():
            self.assertLess(grown, 100 * 200)
        self.assertEqual(self.ask("/result/string").body, b"text")

    def test_clients_that_write_slowly_disturb_nobody(self):
        data = request("/text", "POST", ("X-A: b",), b"hello")
        connections = [self.connect() for _ in range(50)]
        for at in range(len(data)):
            for connection in connections:
                connection.send(data[at:at + 1])
            if at % 10 == 0:
                self.assertEqual(self.ask("/result/string").body, b"text")
        for connection in connections:
            self.assertEqual(connection.response().body, b"hello")


class Echoed(ServedCase):
    program = "echo"
    arguments = ("--set", "httpServer.maxBodySize=1GiB")

    def test_an_upload_waits_for_the_client_to_read(self):
        size = 64 * 1024 * 1024
        before = self.server.resident_kib()
        connection = self.connect()
        connection.send(request("/", "POST", (f"Content-Length: {size}",)))
        connection.socket.setblocking(False)
        piece, sent = b"~" * 65536, 0
        # Until the server takes no more for a while, since nobody takes its answer.
        while sent < size and select.select([], [connection.socket], [], 0.5)[1]:
            sent += connection.socket.send(piece[:size - sent])
        self.assertLess(sent, size)
        if not sanitizer():
            self.assertLess(self.server.resident_kib() - before, 8 * 1024)
        received = 0
        while not connection.buffer.endswith(b"\r\n0\r\n\r\n"):
            readable, writable, _ = select.select([connection.socket], [connection.socket] if sent < size else [], [], 10)
            self.assertTrue(readable or writable)
            if writable:
                sent += connection.socket.send(piece[:size - sent])
            if readable:
                data = connection.socket.recv(1 << 20)
                self.assertTrue(data, "the connection ended before the end of the body")
                received += data.count(b"~")
                connection.buffer = (connection.buffer + data)[-10:]
        self.assertEqual((sent, received), (size, size))


class Vanishing(ServedCase):
    REQUESTS = (
        request("/result/struct", headers=("X-A: b",)) * 2,
        request("/text", "POST", body=b"hello world"),
        request("/text", "POST", ("Transfer-Encoding: chunked",), chunked(b"hello", b"world", trailers=("X: y",))),
        request("/json", "POST", ("Expect: 100-continue",), b'{"customer":"somebody"}'),
        request("/slow?time=2ms") + request("/stream?count=3&trailers=true"),
    )

    def nothing_left(self, baseline):
        eventually(lambda: self.server.descriptors() <= baseline, "the end of all connections", 20)
        eventually(lambda: self.in_flight() == 0, "the end of all requests")
        self.assertTrue(self.server.running)
        self.assertEqual(self.ask("/result/string").body, b"text")

    def test_at_every_byte_of_a_request(self):
        baseline = self.server.descriptors()
        for data in self.REQUESTS:
            for leave in (Connection.vanish, Connection.close, Connection.finish_sending):
                with self.subTest(data[:30], leave=leave.__name__):
                    half_closed = []
                    for at in range(len(data)):
                        connection = Connection(self.server)
                        connection.send(data[:at])
                        leave(connection)
                        half_closed.append(connection)
                    for connection in half_closed:
                        connection.close()
                    self.nothing_left(baseline)

    def test_at_every_byte_of_an_answer(self):
        baseline = self.server.descriptors()
        for data in self.REQUESTS:
            with Connection(self.server) as connection:
                connection.send(data)
                connection.finish_sending()
                length = 0
                while piece := connection.socket.recv(65536):
                    length += len(piece)
            for leave in (Connection.vanish, Connection.close):
                with self.subTest(data[:30], leave=leave.__name__):
                    for at in range(length):
                        with Connection(self.server) as connection:
                            connection.send(data)
                            left = at
                            while left > 0 and (got := len(connection.socket.recv(left))):
                                left -= got
                            leave(connection)
                    self.nothing_left(baseline)

    def test_inside_of_a_large_answer(self):
        baseline = self.server.descriptors()
        for at in (0, 1, 1000, 100_000, 1_000_000, 10_000_000):
            for target in ("/flow?bytes=20000000", "/large?bytes=20000000"):
                for leave in (Connection.vanish, Connection.close):
                    with Connection(self.server) as connection:
                        connection.send(request(target))
                        left = at
                        while left > 0:
                            left -= len(connection.socket.recv(left))
                        leave(connection)
        self.nothing_left(baseline)

    def test_inside_of_a_handler_that_waits(self):
        baseline = self.server.descriptors()
        before = self.ask_json("/waits")
        connections = [Connection(self.server) for _ in range(100)]
        for connection in connections:
            connection.send(request("/never"))
        eventually(lambda: self.ask_json("/waits")["begun"] == before["begun"] + 100, "all handlers")
        for number, connection in enumerate(connections):
            connection.vanish() if number % 2 else connection.close()
        self.nothing_left(baseline)
        self.assertEqual(self.ask_json("/waits")["cancelled"], before["cancelled"] + 100)

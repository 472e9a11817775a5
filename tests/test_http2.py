"""HTTP/2 on the plain port (prior knowledge): other people's clients, frames by hand, floods, flow control, the drain."""

import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import threading
import unittest

from harness import Authority, Program, ServedCase, eventually, need, note, patience, sanitizer, scaled
from harness.http2 import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, NO_ERROR, PING,
                           PRIORITY, PRIORITY_UPDATE, PROTOCOL_ERROR, Http2Connection, block, frame, get,
                           request_block, reset, settings, window_update)

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1024


class Http2Case(ServedCase):
    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}"

    def open(self, **options) -> Http2Connection:
        connection = Http2Connection(self.server, **options)
        self.addCleanup(connection.close)
        return connection

    def run_tool(self, *command, **options):
        done = subprocess.run(command, capture_output=True, timeout=patience(120), check=False, **options)
        self.assertEqual(done.returncode, 0, (done.stdout[-3000:] + done.stderr[-3000:]).decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def waits(self):
        return self.ask_json("/waits")


class Clients(Http2Case):
    def curl(self, *arguments, **options):
        return self.run_tool(need("curl"), "-sS", "--http2-prior-knowledge", *arguments, **options)

    def test_curl_gets_and_posts(self):
        form = "%{http_version} %{response_code} %{size_download}"
        for size in (0, 1, 16384, 16385, 3_000_000):  # one by one: this curl fails to use such a connection again
            said = self.curl(f"{self.url}/large?bytes={size}", "-o", "/dev/null", "-w", form)
            self.assertEqual(said, f"2 200 {size}")
        for size in (0, 1, 16384, 16385, 3_000_000):
            with self.subTest(size):
                sent = b"x" * size
                said = json.loads(self.curl("--data-binary", "@-", self.url + "/sink", input=sent))
                self.assertEqual(said, {"bytes": size, "sum": size * ord("x")})

    def test_curl_waits_for_100_where_it_asks_for_it(self):
        said = self.curl("-H", "Expect: 100-continue", "-d", "hello", self.url + "/text")
        self.assertEqual(said, "hello")

    def test_curl_gets_a_compressed_answer(self):
        said = self.curl("--compressed", "-D", "-", self.url + "/compressed/text/5000")
        self.assertRegex(said, "(?i)content-encoding: (gzip|br|zstd)")

    def test_nghttp_gets_trailers(self):
        said = self.run_tool(need("nghttp"), "-v", f"{self.url}/stream?count=3&trailers=true")
        self.assertIn("piece 2", said)
        self.assertRegex(said, r"x-pieces: 3")

    def test_h2load_gets_every_answer(self):
        count = scaled(20_000)
        said = self.run_tool(need("h2load"), "-n", str(count), "-c", "4", "-m", "100", f"{self.url}/large?bytes=100")
        self.assertIn(f"{count} succeeded, 0 failed, 0 errored, 0 timeout", said)

    def test_node_asks_many_at_a_time_with_bodies_trailers_and_cancelled_ones(self):
        said = json.loads(self.run_tool(need("node"), str(HERE / "clients" / "node" / "http2.mjs"), self.url))
        self.assertEqual(said, {"large": 50, "posted": 50, "trailer": "there", "answered_trailer": "3", "cancelled": 20})
        eventually(lambda: self.waits()["cancelled"] >= 20, "the cancelled requests end")

    def test_go_asks_many_at_a_time(self):
        folder = HERE / "clients" / "go_http2"
        environment = {"HOME": "/nonexistent", "GOCACHE": os.path.join(os.environ.get("TMPDIR", "/tmp"), "ngo-go-cache"),
                       "PATH": os.environ["PATH"], "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GO111MODULE": "off"}
        said = json.loads(self.run_tool(need("go"), "run", str(folder / "main.go"), self.url, env=environment))
        self.assertEqual(said, {"answered": 200, "protocol": "HTTP/2.0", "posted": 1_000_000, "trailer": "3"})

    def test_h2spec_finds_nothing_but_the_answer_to_what_is_no_preface(self):
        tool = need("h2spec", or_skip=True)
        done = subprocess.run([tool, "-h", "127.0.0.1", "-p", str(self.server.port), "-o", "2", "-P", "/echo"],
                              capture_output=True, timeout=patience(300), check=False)
        said = done.stdout.decode(errors="replace")
        summary = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", said)
        self.assertIsNotNone(summary, said)
        tests, passed, skipped, failed = map(int, summary.groups())
        note(f"h2spec: {tests} tests, {passed} passed")
        failures = [line.strip() for line in said.split("Failures:")[1].splitlines() if "×" in line] if failed else []
        # This port also speaks HTTP/1.1: what begins with neither is answered as such, with 400 and a close, which
        # h2spec does not take for a closed connection.
        self.assertLessEqual(set(failures), {"× 2: Sends invalid connection preface"})
        self.assertEqual((tests, skipped), (145, 0))


class Tls(ServedCase):
    """By ALPN."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cert, key = cls.authority.issue("server")
        cls.server = Program("probe", config=f"httpServer: {{tls: {{certificates: [{{cert: {cert}, key: {key}}}]}}}}\n",
                             tls=cls.authority.client())
        try:
            cls.server.__enter__()
        except BaseException:
            cls.authority.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.authority.close()

    def curl(self, *arguments):
        done = subprocess.run([need("curl"), "-sS", "--cacert", str(self.authority.pem), *arguments], capture_output=True,
                              timeout=patience(60), check=True)
        return done.stdout.decode()

    def test_curl_agrees_on_the_version(self):
        url = f"https://localhost:{self.server.port}/large?bytes=3000000"
        form = ("-o", "/dev/null", "-w", "%{http_version} %{response_code} %{size_download}")
        self.assertEqual(self.curl(url, *form), "2 200 3000000")
        self.assertEqual(self.curl("--http1.1", url, *form), "1.1 200 3000000")
        said = json.loads(self.curl(f"https://localhost:{self.server.port}/client"))
        self.assertEqual(said["scheme"], "https")

    def test_h2spec_finds_nothing(self):
        done = subprocess.run([need("h2spec", or_skip=True), "-t", "-k", "-h", "127.0.0.1", "-p", str(self.server.port), "-o", "2", "-P", "/echo"],
                              capture_output=True, timeout=patience(300), check=False)
        self.assertIn("145 tests, 145 passed, 0 skipped, 0 failed", done.stdout.decode(errors="replace"))


class Requests(Http2Case):
    def test_the_same_routes_answer_as_on_http_1(self):
        connection = self.open()
        for path, method, body in (("/result/string", "GET", None), ("/none", "GET", None), ("/text", "POST", b"body"),
                                   ("/text", "GET", None), ("/ignore", "POST", b"x" * 1000), ("/none", "BREW", None)):
            with self.subTest(path, method=method):
                here = connection.ask(path, method, body=body)
                there = self.ask(path, method, body=body or b"")
                self.assertEqual(here.status, there.status)
                scrub = lambda text: re.sub(rb'"trace_id":"\w+"', b"", text)
                self.assertEqual(scrub(here.body), scrub(there.body))

    def test_head_has_no_body_and_the_length(self):
        connection = self.open()
        answer = connection.ask("/large?bytes=1000", "HEAD")
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_interleaved_uploads_reach_their_handlers(self):
        connection = self.open()
        numbers = [connection.open("/text", "POST", body=b"") for _ in range(10)]
        for part in range(20):
            for number in numbers:
                connection.send(frame(DATA, 0, number, b"%d." % (number * 100 + part)))
        for number in numbers:
            connection.send(frame(DATA, END_STREAM, number))
        for number in numbers:
            wanted = b"".join(b"%d." % (number * 100 + part) for part in range(20))
            self.assertEqual(connection.answer(number).body, wanted)

    def test_trailers_of_a_request_reach_the_handler(self):
        connection = self.open()
        number = connection.open("/trailers", "POST", body=b"")
        connection.send(frame(DATA, 0, number, b"body") +
                        frame(HEADERS, END_HEADERS | END_STREAM, number, block(("x-sum", "42"))))
        self.assertEqual(connection.answer(number).body, b"body 42")

    def test_a_body_over_the_limit_is_413_and_the_connection_stays(self):
        connection = self.open()
        answer = connection.ask("/sink/small", "POST", body=b"x" * 1000)
        self.assertEqual(answer.status, 413)
        number = connection.open("/sink/small", "POST", fields=(("content-length", "100000"),), body=b"")
        self.assertEqual(connection.answer(number).status, 413)
        eventually(lambda: connection.stream(number).reset is not None or connection.read_frame(), "reset")
        self.assertEqual(connection.ask("/result/string").status, 200)

    def test_an_early_answer_ends_the_upload_without_an_error(self):
        connection = self.open()
        number = connection.open("/ignore", "POST", body=b"")
        connection.until(lambda: connection.stream(number).reset is not None)
        self.assertEqual((connection.stream(number).status, connection.stream(number).reset), (200, NO_ERROR))
        connection.send(frame(DATA, END_STREAM, number, b"late"))
        self.assertEqual(connection.ask("/result/string").status, 200)

    def test_windows_may_be_opened_for_each_piece_that_was_read(self):
        with Http2Connection(self.server, generous=False) as connection:
            number = connection.open("/large?bytes=8000000")
            opened = 0
            while not connection.stream(number).ended:
                self.assertIsNotNone(connection.read_frame(), connection.goaways)
                pieces = len(connection.stream(number).body) // 2048
                connection.send((window_update(0, 2048) + window_update(number, 2048)) * (pieces - opened))
                opened = pieces
        self.assertEqual(len(connection.stream(number).body), 8_000_000)

    def test_a_broken_stream_is_reset_and_not_ended(self):
        answer = self.open().ask("/stream?count=3&break_after=1")
        self.assertFalse(answer.ended)
        self.assertIsNotNone(answer.reset)

    def test_a_stream_that_fails_before_its_first_byte_is_an_answer(self):
        answer = self.open().ask("/rows/broken/at-once")
        self.assertEqual((answer.status, answer.ended), (404, True))

    def test_resetting_a_stream_cancels_its_handler(self):
        before = self.waits()
        connection = self.open()
        numbers = [connection.open("/never") for _ in range(10)]
        eventually(lambda: self.waits()["begun"] == before["begun"] + 10, "they begin")
        for number in numbers:
            connection.send(reset(number))
        eventually(lambda: self.waits()["cancelled"] == before["cancelled"] + 10, "they are cancelled")
        self.assertEqual(connection.ask("/result/string").status, 200)

    def test_a_lost_connection_cancels_all_handlers(self):
        before = self.waits()
        with Http2Connection(self.server) as connection:
            for _ in range(10):
                connection.open("/never")
            eventually(lambda: self.waits()["begun"] == before["begun"] + 10, "they begin")
        eventually(lambda: self.waits()["cancelled"] == before["cancelled"] + 10, "they are cancelled")
        eventually(lambda: self.in_flight() == 0, "nothing is in flight")

    def test_a_deadline_is_answered_on_its_stream_alone(self):
        connection = self.open()
        late, well = connection.open("/deadline"), connection.open("/slow?time=200ms")
        self.assertEqual(connection.answer(late).status, 504)
        self.assertEqual(connection.answer(well).status, 200)

    def test_heads_beyond_the_limits_are_refused_by_status(self):
        connection = self.open()
        for fields, path, status in ((tuple((f"x-{i}", "y") for i in range(150)), "/result/string", 431),
                                     ((("x-long", "y" * 40_000),), "/result/string", 431), ((), "/" + "a" * 9000, 414),
                                     ((), "/../secret", 400), ((("host", "other"),), "/result/string", 400)):
            with self.subTest(status=status):
                number, connection.next = connection.next, connection.next + 2
                data = request_block(path, fields=fields)
                connection.send(frame(HEADERS, END_STREAM, number, data[:16_000]))
                rest = [data[at:at + 16_000] for at in range(16_000, len(data), 16_000)] or [b""]
                for piece in rest:
                    connection.send(frame(CONTINUATION, END_HEADERS if piece is rest[-1] else 0, number, piece))
                self.assertEqual(connection.answer(number).status, status)
        self.assertEqual(connection.ask("/result/string").status, 200)

    def test_more_streams_than_allowed_are_refused_and_may_be_tried_again(self):
        connection = self.open()
        most = 128  # which the client does not know yet
        numbers = [connection.open("/slow?time=300ms") for _ in range(most + 5)]
        answers = [connection.answer(number) for number in numbers]
        self.assertEqual([answer.status for answer in answers[:most]], [200] * most)
        self.assertEqual([answer.reset for answer in answers[most:]], [7] * 5)  # REFUSED_STREAM
        self.assertEqual(connection.ask("/result/string").status, 200)


class Order(Http2Case):
    """RFC 9218. The client opens its window only when all answers wait for it."""

    def first_body(self, connection, numbers, size):
        connection.until(lambda: all(connection.stream(number).status for number in numbers))
        connection.send(window_update(0, size))
        connection.until(lambda: sum(len(connection.stream(number).body) for number in numbers) >= size)
        return [len(connection.stream(number).body) for number in numbers]

    def block_window(self):
        """A connection whose window (65535) is used up."""
        connection = self.open(generous=False, initial_window_size=1 << 20)
        number = connection.open("/large?bytes=65535")
        self.assertEqual(len(connection.answer(number).body), 65535)
        return connection

    def test_an_urgent_answer_goes_first(self):
        connection = self.block_window()
        numbers = [connection.open("/large?bytes=100000", fields=(("priority", f"u={urgency}"),)) for urgency in (5, 3, 1, 7)]
        self.assertEqual(self.first_body(connection, numbers, 100_000), [0, 0, 100_000, 0])

    def test_a_priority_update_changes_the_order(self):
        connection = self.block_window()
        numbers = [connection.open("/large?bytes=100000") for _ in range(3)]
        connection.send(frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", numbers[2]) + b"u=0"))
        self.assertEqual(self.first_body(connection, numbers, 100_000), [0, 0, 100_000])

    def test_incremental_answers_share(self):
        connection = self.block_window()
        numbers = [connection.open("/large?bytes=100000", fields=(("priority", "u=3, i"),)) for _ in range(2)]
        sizes = self.first_body(connection, numbers, 100_000)
        self.assertGreater(min(sizes), 30_000, sizes)


class Flow(Http2Case):
    def test_a_client_that_does_not_read_stops_the_producer(self):
        connection = self.open(generous=False)
        number = connection.open("/flow?bytes=8000000")
        connection.until(lambda: len(connection.stream(number).body) == 65535)
        written = lambda: self.ask_json("/flow/written")["count"]
        last = -1
        while written() != last:
            last = written()
        self.assertLess(last, 1_000_000)
        connection.send(window_update(0, 1 << 30) + window_update(number, 1 << 30))
        self.assertEqual(len(connection.answer(number).body), 8_000_000)

    def test_a_handler_that_does_not_read_stops_the_client(self):
        connection = self.open()
        connection.until(lambda: connection.settings)
        window = connection.settings[4]
        number = connection.open("/slow?time=700ms", "POST", body=b"")
        for _ in range(window // 16384):
            connection.send(frame(DATA, 0, number, b"x" * 16384))
        connection.send(frame(PING, payload=b"12345678"))
        connection.until(lambda: connection.pongs == 1)
        self.assertEqual(connection.updates.get(number, 0), 0)
        connection.until(lambda: connection.updates.get(number, 0) >= window // 2)  # now it reads
        connection.send(frame(DATA, END_STREAM, number))
        self.assertEqual(len(connection.answer(number).body), window)

    def test_whoever_sends_beyond_the_window_is_cut_off(self):
        connection = self.open()
        connection.until(lambda: connection.settings)
        number = connection.open("/slow?time=1h", "POST", body=b"")
        for _ in range(connection.settings[4] // 16384 + 1):
            connection.send(frame(DATA, 0, number, b"x" * 16384))
        answer = connection.answer(number)
        self.assertEqual(answer.reset, 3)  # FLOW_CONTROL_ERROR

    def test_many_streams_that_nobody_reads_take_bounded_memory(self):
        before = self.server.resident_kib()
        connections = [self.open(generous=False) for _ in range(5)]
        for connection in connections:
            for _ in range(100):
                connection.open("/flow?bytes=50000000")
            connection.until(lambda c=connection: sum(len(s.body) for s in c.streams.values()) >= 65535)
        grown = self.server.resident_kib() - before
        note(f"500 answers of 50 MB to clients that do not read: {grown / MIB:.0f} MiB")
        if not sanitizer():
            self.assertLess(grown, 60 * MIB)


class Limits(Http2Case):
    arguments = ("--set", "httpServer.idleTimeout=300ms", "--set", "httpServer.headerTimeout=300ms",
                 "--set", "httpServer.bodyTimeout=300ms", "--set", "httpServer.writeTimeout=500ms",
                 "--set", "httpServer.http2.maxConcurrentStreams=10")

    def test_an_idle_connection_is_told_that_it_ends(self):
        connection = self.open()
        connection.until_end()
        self.assertEqual(connection.goaways[-1][1], NO_ERROR)

    def test_a_head_that_does_not_end_is_not_waited_for(self):
        connection = self.open(acknowledge=False)
        connection.send(frame(HEADERS, 0, 1, request_block()))
        connection.until_end()
        self.assertEqual(connection.goaways[-1][1], ENHANCE_YOUR_CALM)

    def test_a_head_that_is_refused_is_not_waited_for_either(self):
        connection = self.open()
        connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, request_block(fields=(("Upper", "case"),))))
        self.assertEqual(connection.answer(1).reset, PROTOCOL_ERROR)
        connection.next = 3
        for _ in range(3):  # longer than headerTimeout
            self.assertEqual(connection.ask("/slow?time=200ms").status, 200)

    def test_what_only_begins_as_a_preface_is_closed_and_not_answered_in_http1(self):
        for rest in (b"\r\nXX\r\n\r\n" + bytes(20), b"X: y\r\n\r\n"):
            with self.subTest(rest), self.connect() as connection:
                connection.send(b"PRI * HTTP/2.0\r\n" + rest)
                self.assertTrue(connection.closed())

    def test_a_preface_without_settings_is_not_waited_for(self):
        with self.connect() as connection:
            connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            while connection.socket.recv(65536):
                pass

    def test_a_body_that_does_not_come_is_408(self):
        connection = self.open()
        number = connection.open("/sink", "POST", body=b"")
        self.assertEqual(connection.answer(number).status, 408)

    def test_an_answer_that_is_not_taken_is_reset(self):
        connection = self.open(generous=False)
        number = connection.open("/flow?bytes=1000000")
        answer = connection.answer(number)
        self.assertEqual((answer.ended, answer.reset), (False, CANCEL))
        eventually(lambda: self.in_flight() == 0, "its handler ends")

    def test_a_client_that_takes_nothing_from_its_socket_is_cut_off(self):
        connection = self.open(generous=False, receive_buffer=4096, initial_window_size=(1 << 31) - 1)
        connection.send(window_update(0, 1 << 30))
        for _ in range(5):
            connection.open("/flow?bytes=50000000")
        eventually(lambda: self.in_flight() == 5, "they run")
        eventually(lambda: self.in_flight() == 0, "they are ended")


class Floods(Http2Case):
    arguments = ("--set", "httpServer.maxBodySize=100MiB",)

    def flood(self, name, make, most=20_000, codes=(ENHANCE_YOUR_CALM,)):
        """Sends `most` of them; the connection must end long before, in bounded memory."""
        before = self.server.resident_kib()
        connection = self.open(generous=False)
        reader = threading.Thread(target=connection.until_end)
        reader.start()
        sent = 0
        try:
            while sent < most and reader.is_alive():
                connection.send(b"".join(make(sent + i) for i in range(100)))
                sent += 100
        except OSError:
            pass
        connection.socket.settimeout(patience(10))
        reader.join(patience(20))
        self.assertFalse(reader.is_alive(), name)
        code = connection.goaways[-1][1]
        self.assertIn(code, codes, name)
        grown = self.server.resident_kib() - before
        note(f"{name}: over after {sent} frames or fewer, {grown / MIB:.1f} MiB")
        if not sanitizer():
            self.assertLess(grown, 16 * MIB)
        if code == ENHANCE_YOUR_CALM:
            eventually(lambda: "ENHANCE_YOUR_CALM" in self.server.output(), "a line of the log")
        eventually(lambda: self.in_flight() == 0, "nothing is in flight")

    def test_rapid_resets(self):
        self.flood("rapid reset", lambda i: get(2 * i + 1, "/never") + reset(2 * i + 1))

    def test_resets_of_cheap_requests(self):
        self.flood("reset of answered requests", lambda i: get(2 * i + 1, "/result/string") + reset(2 * i + 1))

    def test_resets_that_it_provokes(self):
        # CVE-2025-8671: the server is made to reset the stream, after it has begun the request.
        self.flood("provoked reset", lambda i: get(2 * i + 1, "/never", "POST", (("content-length", "1"),), ends=False)
                   + frame(DATA, 0, 2 * i + 1, b"xx"), codes=(ENHANCE_YOUR_CALM, PROTOCOL_ERROR))

    def test_pings(self):
        self.flood("PING", lambda i: frame(PING, payload=b"12345678"))

    def test_settings(self):
        self.flood("SETTINGS", lambda i: settings(initial_window_size=65535))

    def test_empty_data(self):
        self.flood("empty DATA", lambda i: (get(1, "/sink/patient", "POST", ends=False) if i == 0 else b"") + frame(DATA, 0, 1))

    def test_priority(self):
        self.flood("PRIORITY", lambda i: frame(PRIORITY, 0, 2 * i + 1, struct.pack(">IB", 0, 1)))

    def test_priority_updates(self):
        self.flood("PRIORITY_UPDATE", lambda i: frame(PRIORITY_UPDATE, 0, 0, struct.pack(">I", 1) + b"u=0"))

    def test_window_updates(self):
        self.flood("WINDOW_UPDATE", lambda i: window_update(0, 1))

    def test_unknown_frames(self):
        self.flood("unknown frames", lambda i: frame(0x42, payload=b"?"))

    def test_streams_beyond_the_limit(self):
        # Refused one by one, and a flood of them, until the server has read that its limit is known.
        self.flood("streams beyond the limit", lambda i: get(2 * i + 1, "/never"), codes=(PROTOCOL_ERROR, ENHANCE_YOUR_CALM))

    def test_continuations_without_end(self):
        connection = self.open(acknowledge=False)
        connection.send(frame(HEADERS, END_STREAM, 1, request_block()))
        more = block(*((f"x-{i}", "y" * 100) for i in range(100)))
        try:
            for _ in range(1000):
                connection.send(frame(CONTINUATION, 0, 1, more))
        except OSError:
            pass
        connection.until_end()
        self.assertLess(self.server.resident_kib(), 120 * MIB if not sanitizer() else 1 << 30)

    def test_a_head_that_unpacks_to_very_much(self):
        """A field of 4 KiB in the dynamic table, named by one byte each: 16 KiB that mean 64 MiB."""
        before = self.server.resident_kib()
        connection = self.open()
        large = b"\x40" + b"\x01x" + b"\x7f" + bytes(((3900 - 127) % 128 + 128, (3900 - 127) // 128)) + b"y" * 3900
        connection.send(get(1) + frame(HEADERS, END_HEADERS | END_STREAM, 3, request_block() + large))
        connection.send(frame(HEADERS, END_HEADERS | END_STREAM, 5, request_block() + b"\xbe" * 16_000))
        connection.until_end()
        self.assertIn(ENHANCE_YOUR_CALM, [code for _, code in connection.goaways])
        if not sanitizer():
            self.assertLess(self.server.resident_kib() - before, 16 * MIB)

    def test_ordinary_use_is_no_flood(self):
        connection = self.open()
        for turn in range(scaled(3000)):
            number = connection.open("/text", "POST", body=b"x")
            if turn % 4 == 0:
                connection.send(frame(PING, payload=b"12345678"))
            self.assertEqual(connection.answer(number).status, 200)
        self.assertEqual(connection.goaways, [])

    def test_windows_opened_late_and_all_at_once_are_no_flood(self):
        """As by a client that opens them for every 4 KiB, when it or the server was slow."""
        connection = self.open()
        for _ in range(10):
            self.assertEqual(connection.ask("/large?bytes=1000000").status, 200)
        connection.send(window_update(0, 4096) * 2500)
        self.assertEqual(connection.ask("/result/string").status, 200)
        self.assertEqual(connection.goaways, [])


    def test_windows_that_let_a_byte_out_at_a_time(self):
        # Each makes the server send a frame of one byte, which is no progress that would earn patience.
        self.flood("WINDOW_UPDATE by one", lambda i: (settings(initial_window_size=0) + get(1, "/large?bytes=65000")
                                                      if i == 0 else window_update(1, 1)))


class Settings(unittest.TestCase):
    def test_handlers_behind_streams_that_are_reset_are_limited(self):
        """They are not ended here, so that they stay for sure."""
        with Program("probe", "--set", "httpServer.cancelOnDisconnect=false", "--set", "httpServer.http2.maxConcurrentStreams=4",
                     "--set", "httpServer.shutdownTimeout=100ms") as program:
            with Http2Connection(program) as connection, Http2Connection(program) as another:
                def begun():
                    return json.loads(another.ask("/waits").body)["begun"]

                connection.until(lambda: connection.settings)
                for turn in (1, 2):
                    numbers = [connection.open("/never") for _ in range(4)]
                    eventually(lambda: begun() == 4 * turn, "their handlers run")
                    connection.send(b"".join(reset(number) for number in numbers))
                for _ in range(10):
                    self.assertEqual(connection.ask("/never").reset, 7)  # REFUSED_STREAM
                self.assertEqual((begun(), connection.goaways), (8, []))
                self.assertEqual(another.ask("/result/string").status, 200)

    def test_switched_off_it_is_refused_as_a_version_that_is_not_spoken(self):
        with Program("probe", "--set", "httpServer.http2.enabled=false") as program:
            done = subprocess.run([need("curl"), "-sS", "--http2-prior-knowledge", f"http://127.0.0.1:{program.port}/"],
                                  capture_output=True, timeout=patience(60), check=False)
            self.assertNotEqual(done.returncode, 0)

    def test_the_access_log_has_room_for_methods_and_targets_that_lie_apart(self):
        method, path = "M" * 30, "/" + "p" * 63
        with Program("probe", "--set", "httpServer.middlewares.accessLog.enabled=true", "--set",
                     f"httpServer.middlewares.accessLog.pattern={'%r|' * 8}") as program:
            with Http2Connection(program) as connection:
                for _ in range(100):  # buffers of the log are filled several times
                    connection.ask(path, method=method)
            line = f"{method} {path} HTTP/2.0|" * 8
            eventually(lambda: program.output().count(line) == 100, "all lines, whole")

    def test_the_access_log_names_the_version(self):
        with Program("probe", "--set", "httpServer.middlewares.accessLog.enabled=true") as program:
            with Http2Connection(program) as connection:
                connection.ask("/result/string")
            eventually(lambda: '"GET /result/string HTTP/2.0" 200 4' in program.output(), "the line is written")


class Drain(unittest.TestCase):
    def test_goaway_comes_twice_and_what_runs_is_answered(self):
        with Program("probe") as program, Http2Connection(program) as connection:
            slow = connection.open("/slow?time=700ms")
            self.assertEqual(connection.ask("/result/string").status, 200)
            program.signal()
            connection.until(lambda: connection.goaways)
            self.assertEqual(connection.goaways[0], ((1 << 31) - 1, NO_ERROR))
            self.assertEqual(connection.ask("/result/string").status, 200)  # sent before it knew which would be the last
            self.assertEqual(connection.answer(slow).body, b"slept")
            connection.until_end()
            self.assertEqual(len(connection.goaways), 2)
            self.assertEqual(connection.goaways[1][1], NO_ERROR)
            self.assertEqual(program.wait(), 0)

    def test_events_end_with_the_service(self):
        with Program("probe") as program, Http2Connection(program) as connection:
            number = connection.open("/events/silent")
            connection.until(lambda: connection.stream(number).body)
            program.signal()
            self.assertTrue(connection.answer(number).ended)
            connection.until_end()
            self.assertEqual(program.wait(), 0)

    def test_no_request_is_lost_when_a_service_stops_under_load(self):
        for turn in range(5):
            with self.subTest(turn=turn), Program("probe", "--set", "runtime.workers=2") as program:
                lost, answered = [], [0] * 8

                def load(place):
                    try:
                        connection = Http2Connection(program)
                    except OSError:
                        return
                    with connection:
                        try:
                            while not connection.goaways:
                                numbers = [connection.open("/slow?time=5ms" if i % 2 else "/text", "GET" if i % 2 else "POST",
                                                           body=None if i % 2 else b"text") for i in range(20)]
                                for number in numbers:
                                    stream = connection.stream(number)
                                    while not stream.ended and stream.reset is None:
                                        if connection.read_frame() is None:
                                            break
                                    if stream.ended and stream.body in (b"slept", b"text"):
                                        answered[place] += 1
                                    elif not connection.goaways or number <= connection.goaways[-1][0]:
                                        lost.append((number, stream.status, stream.reset, connection.goaways))
                        except OSError as error:
                            if not connection.goaways:
                                lost.append(repr(error))

                threads = [threading.Thread(target=load, args=(place,)) for place in range(8)]
                for thread in threads:
                    thread.start()
                eventually(lambda: sum(answered) > 500 or lost, "load")
                program.signal(signal.SIGTERM)
                code = program.wait()
                for thread in threads:
                    thread.join()
                self.assertEqual((code, lost), (0, []))

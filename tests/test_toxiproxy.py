"""Bad networks: what must hold when answers come late, in crumbs, slowly, half or never. Either the right bytes, or a clear
error; nothing is sent twice that may not be; what is left behind works when the network does."""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
import unittest

from harness import Authority, Program, ServedCase, eventually, need, patience
from harness.calling import Caller
from harness.toxic import Toxiproxy


class BadNetwork(ServedCase):
    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.network = stack.enter_context(Toxiproxy())
            cls.server = stack.enter_context(cls.program_under_test(stack))
            cls.link = cls.network.link(cls.server.port)
            cls.stack = stack.pop_all()

    @classmethod
    def program_under_test(cls, stack):
        return Program("probe")

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def caller(self, **options):
        options.setdefault("retryBackoff", "10ms")
        caller = Caller(**options)
        self.addCleanup(caller.close)
        return caller

    def url(self, target):
        return f"http://127.0.0.1:{self.link.port}{target}"

    def good(self, answer, size=None):
        self.assertEqual((answer.error, answer.status), ("", 200))
        if size is not None:
            self.assertEqual(answer.body_size, size)
        return answer

    def bad(self, answer, code, *words):
        self.assertEqual(answer.code, code, answer)
        for word in words:
            self.assertIn(word, answer.error)
        return answer


class Client(BadNetwork):
    """Our client on the bad side."""

    @classmethod
    def program_under_test(cls, stack):
        cls.folder = stack.enter_context(tempfile.TemporaryDirectory())
        with open(os.path.join(cls.folder, "large"), "wb") as file:
            file.write(os.urandom(3_000_000))
        return Program("probe", env={"PROBE_FILES": cls.folder})

    def sent(self):
        """How often a request has reached the server."""
        return self.ask_json("/smuggled/count")["count"]

    def test_a_slow_network_is_waited_for(self):
        caller = self.caller()
        with self.link.toxic("latency", latency=150, jitter=50):
            self.good(caller.call(self.url("/large?bytes=300000")), 300000)
            self.good(caller.call(self.url("/sink"), "POST", body_size=300000))

    def test_but_not_for_longer_than_was_said(self):
        caller = self.caller()
        with self.link.toxic("latency", latency=3000):
            self.bad(caller.call(self.url("/large?bytes=1"), response_timeout="100ms", attempts=1), "deadline_exceeded", "no response within 100ms")
            self.bad(caller.call(self.url("/large?bytes=1"), timeout="150ms"), "deadline_exceeded")
            self.bad(caller.call(self.url("/large?bytes=1"), deadline="150ms"), "deadline_exceeded")
        self.good(caller.call(self.url("/large?bytes=7")), 7)

    def test_crumbs_make_the_same_bytes(self):
        caller = self.caller()
        with self.link.toxic("slicer", average_size=20, size_variation=10, delay=10), \
                self.link.toxic("bandwidth", stream="upstream", rate=2000):
            for target, size in (("/large?bytes=20000", 20000), ("/flow?bytes=20000", 20000)):
                self.good(caller.call(self.url(target)), size)
                self.good(caller.call(self.url(target), streamed=True), size)
            self.good(caller.call(self.url("/sink"), "POST", stream_size=20000))

    def test_a_thin_line_is_enough_while_it_moves(self):
        caller = self.caller(readTimeout="2s", timeout="0s")
        with self.link.toxic("bandwidth", rate=200):
            self.good(caller.call(self.url("/flow?bytes=200000"), streamed=True), 200000)

    def test_a_cut_in_the_middle_is_an_error_and_never_a_short_body(self):
        caller = self.caller()
        with self.link.toxic("limit_data", bytes=5000):
            for target in ("/large?bytes=50000", "/flow?bytes=50000"):
                for streamed in (False, True):
                    self.bad(caller.call(self.url(target), streamed=streamed), "unavailable")
        self.good(caller.call(self.url("/large?bytes=50000")), 50000)

    def test_a_download_goes_on_where_it_was_cut(self):
        fetched = os.path.join(self.folder, "fetched")
        with self.link.toxic("limit_data", bytes=1_500_000):
            done = self.caller().call(self.url("/file/one/large"), download=fetched, attempts=5)
        self.assertEqual((done.error, done.body_size), ("", 3_000_000))
        with open(fetched, "rb") as got, open(os.path.join(self.folder, "large"), "rb") as sent:
            self.assertEqual(got.read(), sent.read())

    def test_resets_are_tried_again_where_nothing_can_go_wrong(self):
        caller = self.caller(maxIdemponentCallAttempts=3)
        with self.link.toxic("reset_peer", timeout=0):
            self.bad(caller.call(self.url("/large?bytes=1")), "unavailable")
        self.good(caller.call(self.url("/large?bytes=1")), 1)

    def test_a_post_whose_answer_is_lost_was_sent_once(self):
        caller = self.caller(maxIdemponentCallAttempts=5)
        before = self.sent()
        # The request arrives, its answer does not.
        with self.link.toxic("limit_data", bytes=0):
            self.bad(caller.call(self.url("/smuggled"), "POST", body="x"), "unavailable")
        self.assertEqual(self.sent(), before + 1)
        with self.link.toxic("limit_data", bytes=0):
            self.bad(caller.call(self.url("/smuggled"), "POST", body="x", idempotent=True), "unavailable")
        self.assertEqual(self.sent(), before + 6)

    def test_a_black_hole_ends_with_the_limit(self):
        caller = self.caller(maxIdemponentCallAttempts=2)
        self.good(caller.call(self.url("/large?bytes=1")), 1)
        with self.link.toxic("timeout", timeout=0):
            answer = self.bad(caller.call(self.url("/large?bytes=1"), response_timeout="100ms"), "deadline_exceeded")
            self.assertIn("no response within 100ms", answer.error)
            # In the middle of a body.
            self.bad(caller.call(self.url("/large?bytes=1"), read_timeout="100ms"), "deadline_exceeded")
        self.good(caller.call(self.url("/large?bytes=1")), 1)

    def test_a_server_that_is_gone_and_comes_back(self):
        caller = self.caller()
        self.good(caller.call(self.url("/large?bytes=9")), 9)
        with self.link.down():
            self.bad(caller.call(self.url("/large?bytes=9")), "unavailable", "refused")
            self.assertEqual(caller.call(self.url("/large?bytes=9"), fallback=True).body, "instead")
        self.good(caller.call(self.url("/large?bytes=9")), 9)

    def test_many_calls_through_all_of_it(self):
        caller = self.caller(maxConnsPerHost=20, maxConnWaitTimeout="20s")
        with self.link.toxic("latency", latency=20, jitter=20), self.link.toxic("slicer", average_size=500, size_variation=400, delay=1):
            self.good(caller.call(self.url("/large?bytes=20000"), times=100, within=60), 20000)
        with self.link.toxic("limit_data", bytes=30_000):
            caller.call(self.url("/large?bytes=20000"), times=100, within=60)
        self.good(caller.call(self.url("/large?bytes=20000"), times=100, within=60), 20000)


class ClientWithTls(BadNetwork):
    @classmethod
    def program_under_test(cls, stack):
        cls.authority = stack.enter_context(contextlib.closing(Authority()))
        cert, key = cls.authority.issue("server")
        return Program("probe", config=f"httpServer: {{tls: {{certificates: [{{cert: {cert}, key: {key}}}]}}}}\n",
                       tls=cls.authority.client())

    def caller(self, **options):
        return super().caller(tls={"ca": str(self.authority.pem)}, **options)

    def url(self, target):
        return f"https://localhost:{self.link.port}{target}"

    def ask(self, target, **options):
        raise NotImplementedError

    def test_crumbs_and_delays(self):
        with self.link.toxic("latency", latency=50, jitter=20), self.link.toxic("slicer", average_size=50, size_variation=30, delay=10):
            caller = self.caller()
            self.good(caller.call(self.url("/large?bytes=20000")), 20000)
            self.good(caller.call(self.url("/sink"), "POST", body_size=20000))

    def test_a_cut_anywhere_in_the_handshake_is_said(self):
        for bytes_before in (0, 1, 100, 600):
            with self.subTest(bytes_before), self.link.toxic("limit_data", bytes=bytes_before):
                self.bad(self.caller().call(self.url("/large?bytes=9"), attempts=1), "unavailable", "TLS")
        self.good(self.caller().call(self.url("/large?bytes=9")), 9)

    def test_a_cut_in_a_body_is_never_a_short_body(self):
        caller = self.caller()
        with self.link.toxic("limit_data", bytes=20_000):
            for target in ("/large?bytes=50000", "/flow?bytes=50000"):
                self.bad(caller.call(self.url(target), attempts=1), "unavailable")
        self.good(caller.call(self.url("/flow?bytes=50000")), 50000)

    def test_a_handshake_into_a_black_hole_ends(self):
        with self.link.toxic("timeout", timeout=0):
            self.bad(self.caller(connectTimeout="200ms").call(self.url("/large?bytes=9"), attempts=1), "unavailable",
                     "within 200ms (connectTimeout)")


class Server(BadNetwork):
    """Our server on the bad side, other people's clients on the other."""

    def curl(self, *arguments, version="--http1.1", **options):
        return subprocess.run([need("curl"), "-sS", version, *arguments], capture_output=True, timeout=patience(120),
                              check=False, **options)

    def everything_is_over(self):
        eventually(lambda: self.in_flight() == 0, "nothing in flight", 30)

    def test_crumbs_both_ways(self):
        for version in ("--http1.1", "--http2-prior-knowledge"):
            with self.subTest(version), self.link.toxic("slicer", average_size=20, size_variation=10, delay=10), \
                    self.link.toxic("latency", stream="upstream", latency=20, jitter=10):
                done = self.curl(self.url("/large?bytes=20000"), version=version)
                self.assertEqual((done.returncode, len(done.stdout)), (0, 20000), done.stderr)
                done = self.curl("--data-binary", "@-", self.url("/sink"), version=version, input=b"x" * 20000)
                self.assertEqual(json.loads(done.stdout)["bytes"], 20000)
        self.everything_is_over()

    def test_a_slow_reader_holds_nothing_but_its_own_answer(self):
        for version in ("--http1.1", "--http2-prior-knowledge"):
            with self.subTest(version), self.link.toxic("bandwidth", rate=500):
                slow = threading.Thread(target=self.curl, args=(self.url("/flow?bytes=1000000"),), kwargs={"version": version})
                slow.start()
                self.assertEqual(len(self.ask("/large?bytes=1000000").body), 1_000_000)  # beside the bad link
                slow.join()
        self.everything_is_over()

    def test_uploads_that_are_cut_leave_nothing(self):
        for version in ("--http1.1", "--http2-prior-knowledge"):
            with self.subTest(version), self.link.toxic("limit_data", stream="upstream", bytes=100_000):
                done = self.curl("--data-binary", "@-", self.url("/sink"), version=version, input=b"x" * 1_000_000)
                self.assertNotEqual(done.returncode, 0)
        self.everything_is_over()

    def test_answers_that_are_cut_end_their_handlers(self):
        for version in ("--http1.1", "--http2-prior-knowledge"):
            for kind, attributes in (("limit_data", {"bytes": 50_000}), ("reset_peer", {"timeout": 50})):
                with self.subTest((version, kind)), self.link.toxic(kind, **attributes):
                    done = self.curl(self.url("/flow?bytes=100000000"), version=version)
                    self.assertNotEqual(done.returncode, 0)
        self.everything_is_over()

    def test_h2load_through_a_network_that_breaks(self):
        tool = need("h2load")
        command = [tool, "-n", "2000", "-c", "10", "-m", "20", self.url("/large?bytes=2000")]
        with self.link.toxic("limit_data", bytes=100_000):
            subprocess.run(command, capture_output=True, timeout=patience(120), check=False)
        self.everything_is_over()
        done = subprocess.run(command, capture_output=True, timeout=patience(120), check=True)
        self.assertIn(b"2000 succeeded", done.stdout)



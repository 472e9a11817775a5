"""Profiles and listings as `go tool pprof` and people ask for them."""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import threading
import unittest

from harness import Connection, Program, eventually, need, note, patience, request, sanitizer

TCMALLOC = next((path for path in ("/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4", "/usr/lib/aarch64-linux-gnu/libtcmalloc.so.4")
                 if os.path.exists(path)), None)


def ask(server, target, method="GET", headers=(), body=b"", port=None, timeout=10.0):
    with Connection(("127.0.0.1", port or server.ops_port), timeout=timeout) as connection:
        connection.send(request(target, method, ("Connection: close", *headers), body))
        return connection.response(method)


@contextlib.contextmanager
def load(server, target):
    """Requests one after another until the block ends."""
    over = threading.Event()

    def go_on():
        with Connection(server) as connection:
            while not over.is_set():
                connection.send(request(target))
                connection.response("GET")

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()


def pprof(server, path, *options):
    """What `go tool pprof` makes of it."""
    go = need("go")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PPROF_TMPDIR": folder, "GOTOOLCHAIN": "local", "GOFLAGS": ""}
        done = subprocess.run([go, "tool", "pprof", "-top", *options, f"http://127.0.0.1:{server.ops_port}{path}"],
                              capture_output=True, env=environment, timeout=patience(50), check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Profiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Program("probe", "--set", "ops.token=a token of sixteen")
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def test_the_index_links_to_what_is_there(self):
        answer = ask(self.server, "/debug/pprof/")
        self.assertTrue(answer.get("content-type").startswith("text/html"))
        for path in re.findall(r'href="([^"]*)"', answer.body.decode()):
            if path.startswith(("profile", "heap")):
                continue
            target = path if path.startswith("/") else "/debug/pprof/" + path
            with self.subTest(path=path):
                self.assertEqual(ask(self.server, target).status, 200)

    def test_a_profile_of_a_busy_service_names_the_handler(self):
        with load(self.server, "/compute?time=20ms"):
            code, top, errors = pprof(self.server, "/debug/pprof/profile?seconds=2")
        self.assertEqual(code, 0, errors)
        self.assertRegex(top, r"(?m)^Type: (cpu|samples)|Showing nodes accounting for")
        self.assertIn("compute", top, errors)

    def test_addresses_are_named_for_one_who_has_not_the_program(self):
        with load(self.server, "/compute?time=20ms"):
            code, top, errors = pprof(self.server, "/debug/pprof/profile?seconds=1", "-symbolize=remote")
        self.assertEqual(code, 0, errors)
        self.assertIn("compute", top, errors)

    def test_one_profile_at_a_time_and_who_leaves_ends_his(self):
        first = Connection(("127.0.0.1", self.server.ops_port))
        first.send(request("/debug/pprof/profile?seconds=200"))
        eventually(lambda: "a CPU profile of 200 s" in self.server.output(), "the profile")
        self.assertEqual(ask(self.server, "/debug/pprof/profile?seconds=1").status, 409)
        first.close()
        eventually(lambda: ask(self.server, "/debug/pprof/profile?seconds=1").status == 200, "the end of the first profile")

    def test_the_length_of_a_profile_is_bounded(self):
        for seconds in ("0", "301", "-1", "soon"):
            self.assertEqual(ask(self.server, "/debug/pprof/profile?seconds=" + seconds).status // 100, 4)

    def test_symbols_are_told_as_pprof_asks_for_them(self):
        self.assertEqual(ask(self.server, "/debug/pprof/symbol").body, b"num_symbols: 1\n")
        self.assertEqual(ask(self.server, "/debug/pprof/symbol", "POST", body=b"0x1+zzz+").body, b"num_symbols: 1\n")

    def test_the_command_line_is_that_of_the_process(self):
        parts = ask(self.server, "/debug/pprof/cmdline").body.decode().split("\0")
        self.assertTrue(parts[0].endswith("/probe"))
        self.assertIn("--set", parts)
        self.assertNotIn("a token of sixteen", " ".join(parts))
        self.assertIn("ops.token=***", parts)

    def test_without_tcmalloc_the_heap_says_how_to_have_it(self):
        answer = ask(self.server, "/debug/pprof/heap")
        self.assertEqual(answer.status, 501)
        self.assertIn("LD_PRELOAD=libtcmalloc.so.4", answer.body.decode())

    def test_coroutines_are_listed_with_what_they_wait_for(self):
        with Connection(self.server) as waiting:
            waiting.send(request("/never"))

            def seen():
                answer = ask(self.server, "/debug/pprof/goroutine?debug=1").body.decode()
                return answer if "sleep in" in answer and "/never" in answer else None

            eventually(seen, "the coroutine")


class Waiting(unittest.TestCase):
    def waits(self, server, query=""):
        return json.loads(ask(server, "/ops/coroutines" + query).body)

    def test_each_wait_tells_what_for_since_when_and_whose(self):
        with Program("probe", "--set", "httpServer.requestTimeout=60s") as server, Connection(server) as first, Connection(server) as second:
            first.send(request("/never"))
            second.send(request("/slow?time=50s"))

            def seen():
                found = {each.get("work"): each for each in self.waits(server)["coroutines"]}
                return found if "/never" in found and "/slow" in found else None

            found = eventually(seen, "both waits")
            self.assertEqual(found["/never"]["waitsFor"], "sleep")
            self.assertIn("wait", found["/never"]["function"])
            self.assertNotIn("deadlineInMs", found["/never"])
            self.assertGreaterEqual(found["/never"]["ageMs"], 0)
            self.assertGreater(found["/slow"]["deadlineInMs"], 0)
            limited = self.waits(server, "?limit=1")
            self.assertEqual(len(limited["coroutines"]), 1)
            self.assertGreaterEqual(limited["total"], 2)
            for limit in ("0", "10001", "all"):
                self.assertEqual(ask(server, "/ops/coroutines?limit=" + limit).status // 100, 4)

    def test_a_worker_that_is_held_is_named_and_its_stack_is_kept(self):
        with Program("probe", "--set", "runtime.workers=1", "--set", "runtime.blockedWorkerLimit=50ms") as server:
            with Connection(server) as holding:
                holding.send(request("/hold-worker?time=2500ms"))
                eventually(lambda: json.loads(ask(server, "/ops/blocked").body), "the block")
                self.assertEqual(self.waits(server)["silentWorkers"], ["0"])
                holding.response("GET")
            block = eventually(lambda: next((each for each in json.loads(ask(server, "/ops/blocked").body) if each["ended"]), None), "its end")
            self.assertEqual((block["worker"], block["work"]), (0, "/hold-worker"))
            self.assertGreaterEqual(block["heldMs"], 1000)
            self.assertTrue(block["stack"])
            self.assertEqual(self.waits(server)["silentWorkers"], [])

    def test_a_flood_of_coroutines_is_told_in_bounds(self):
        with Program("probe") as server, contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(Connection(server)).send(request("/never"))
            eventually(lambda: self.waits(server)["total"] >= 200, "all of them")
            self.assertEqual(len(self.waits(server, "?limit=50")["coroutines"]), 50)


@unittest.skipIf(TCMALLOC is None, "libtcmalloc.so.4 is missing")
class Heap(unittest.TestCase):
    def test_with_tcmalloc_the_heap_is_sampled(self):
        if sanitizer():
            self.skipTest("a sanitizer has an allocator of its own")
        environment = {"LD_PRELOAD": TCMALLOC, "TCMALLOC_SAMPLE_PARAMETER": "4096"}
        with Program("probe", env=environment) as server:
            answer = ask(server, "/debug/pprof/heap")
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.body.startswith(b"heap profile:"), answer.body[:100])
            code, top, errors = pprof(server, "/debug/pprof/heap")
            self.assertEqual(code, 0, errors)
            self.assertRegex(top, r"turn|run_ready|EventLoop", errors)
            note(top.splitlines()[1] if len(top.splitlines()) > 1 else top)

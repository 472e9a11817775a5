"""Pools at the ops port: who holds what of them and who waits, limits that change while the service runs, and their metrics."""

import contextlib
import json
import socket
import threading
import unittest

from harness import Program, ServedCase, eventually, patience, request

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Silent:
    """A server that answers nothing before it is told to."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._go = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def answer(self):
        self._go.set()

    def close(self):
        self._go.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            while connection.recv(65536):
                self._go.wait(patience(60))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


class Pools(ServedCase):
    program = "traced"
    arguments = ("--set", "httpClient.maxConnsPerHost=1", "--set", "httpClient.maxConnWaitTimeout=60s", "--set", "httpClient.readTimeout=0",
                 "--set", "httpClient.timeout=0", "--set", "runtime.workers=2")

    def setUp(self):
        super().setUp()
        self.silent = Silent()
        self.addCleanup(self.silent.close)
        self.name = f"http:127.0.0.1:{self.silent.port}"

    def pools(self, query=""):
        return self.ask_json("/ops/pools" + query, port=self.server.ops_port)["pools"]

    def pool(self):
        return next((each for each in self.pools() if each["name"] == self.name), None)

    def hop(self):
        connection = self.connect()
        connection.send(request(f"/hop?to=http://127.0.0.1:{self.silent.port}/",
                                headers=(f"traceparent: 00-{TRACE}-b7ad6b7169203331-01",)))
        return connection

    def test_who_holds_and_who_waits_is_told_with_route_and_trace(self):
        first = self.hop()
        eventually(lambda: (pool := self.pool()) and pool["inUse"] == 1, "a call on its way")
        second = self.hop()
        pool = eventually(lambda: (pool := self.pool()) and pool["waiters"] and pool, "a call that waits")
        self.assertEqual(pool["waiting"], 1)
        self.assertEqual((pool["module"], pool["limit"], pool["share"]), ("httpClient", 1, 1))
        for people in ("holders", "waiters"):
            self.assertEqual([(each["work"], each["trace"]) for each in pool[people]], [("/hop", TRACE)], people)
            self.assertGreaterEqual(pool[people][0]["ms"], 0)
            self.assertIn(pool[people][0]["worker"], ("0", "1"))
        self.assertEqual(sum(each["permits"] for each in pool["workers"]), 1)
        self.assertEqual(sum(each["wanted"] for each in pool["workers"]), 1)
        self.assertEqual(pool["silentWorkers"], [])
        self.silent.answer()
        self.assertTrue(first.response("GET").body.endswith(b"hi"))
        self.assertTrue(second.response("GET").body.endswith(b"hi"))
        self.assertEqual(eventually(lambda: (pool := self.pool()) and pool["waiting"] == 0 and pool, "rest")["wait"]["count"], 1)

    def test_a_limit_is_changed_while_somebody_waits_and_the_log_says_by_whom(self):
        first = self.hop()
        eventually(lambda: (pool := self.pool()) and pool["inUse"] == 1, "a call on its way")
        second = self.hop()
        eventually(lambda: self.pool()["waiting"] == 1, "a call that waits")
        order = json.dumps({"name": self.name, "limit": 2}).encode()
        answer = self.ask("/ops/pools", "POST", body=order, port=self.server.ops_port, headers=("User-Agent: operator",))
        self.assertEqual((answer.status, json.loads(answer.body)["pools"][0]["limit"]), (200, 2))
        eventually(lambda: self.pool()["inUse"] == 2, "both on their way")
        self.assertEqual(self.pool()["waiting"], 0)
        eventually(lambda: f"the limit of the pool {self.name} is 2 now, it was 1" in self.server.output(), "the line of what changed")
        eventually(lambda: "ops: POST /ops/pools asked by 127.0.0.1" in self.server.output(), "the line of who asked")
        self.silent.answer()
        for each in (first, second):
            self.assertEqual(each.response("GET").status, 200)

    def test_what_is_wrong_with_an_order_is_said(self):
        self.silent.answer()
        self.hop().response("GET")
        for body, status, word in ((b'{"name":"none","limit":2}', 404, self.name.encode()), (b'{"name":"%s","limit":0}' % self.name.encode(), 422, b"limit"),
                                   (b'{"limit":2}', 422, b"name")):
            answer = self.ask("/ops/pools", "POST", body=body, port=self.server.ops_port)
            self.assertEqual(answer.status, status, answer.body)
            self.assertIn(word, answer.body)
        self.assertEqual(self.ask("/ops/pools?name=none", port=self.server.ops_port).status, 404)
        self.assertEqual(len(self.pools(f"?name={self.name}")), 1)

    def test_pools_are_counted(self):
        self.silent.answer()
        for _ in range(2):
            self.hop().response("GET")
        text = self.ask("/metrics", port=self.server.ops_port).body.decode()
        label = f'ngo_client_connection_pool_name="{self.name}"'
        for sample in (f"ngo_client_connection_max{{{label}}} 1", f"ngo_client_connection_pending_requests{{{label}}} 0",
                       f"ngo_client_connection_timeouts_total{{{label}}} 0", f'ngo_client_connection_wait_time_seconds_bucket{{{label},le="+Inf"}}'):
            self.assertIn(sample, text)
        self.assertRegex(text, r"ngo_client_connection_created_total\{" + label + r"\} [12]\n")


class OfAModule(ServedCase):
    program = "book"

    def test_a_module_shows_its_pool(self):
        self.ask("/supplies/tea")
        pools = self.ask_json("/ops/pools", port=self.server.ops_port)["pools"]
        self.assertEqual([(each["name"], each["module"], each["limit"]) for each in pools if each["module"] == "supplier"],
                         [("supplier:default", "supplier", 2)])
        text = self.ask("/metrics", port=self.server.ops_port).body.decode()
        label = 'ngo_client_connection_pool_name="supplier:default"'
        self.assertIn(f'ngo_client_connection_count{{{label},ngo_client_connection_state="used"}} 0', text)


def ask_pools(server):
    case = ServedCase()
    return json.loads(case.ask("/ops/pools", port=server.ops_port).body)["pools"]


class WarmUp(unittest.TestCase):
    def caller(self, port, **options):
        config = {"runtime": {"workers": 2}, "counter": {"start": 1}, "httpClient": [
            {"name": "prices", "baseUrl": f"http://127.0.0.1:{port}", "warmUp": 2, "maxIdleConnDuration": "10m", **options}]}
        return Program("book", config=json.dumps(config))

    def test_every_worker_has_its_connections_before_the_first_request(self):
        with Program("book") as called, self.caller(called.port) as server:
            pool = next(each for each in ask_pools(server) if each["module"] == "httpClient.prices")
            self.assertEqual((pool["idle"], pool["inUse"], pool["opened"]), (4, 0, 4))
            self.assertEqual([each["idle"] for each in pool["workers"]], [2, 2])
            self.assertIn('module httpClient "prices" is warm', server.output())

    def test_of_http2_each_worker_has_one(self):
        with Program("book") as called, self.caller(called.port, http2="only") as server:
            pool = next(each for each in ask_pools(server) if each["module"] == "httpClient.prices")
            self.assertEqual([each["inUse"] for each in pool["workers"]], [1, 1])
            self.assertRegex(pool["holders"][0]["note"], r"HTTP/2, 0 of \d+ requests")

    def test_a_server_that_is_away_does_not_prevent_the_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with self.caller(port) as server:
            eventually(lambda: 'module httpClient "prices" is not warm on 2 of 2 workers' in server.output(), "the line")
            self.assertEqual(ServedCase().ask("/health/status", port=server.ops_port).status, 200)
            pool = next(each for each in ask_pools(server) if each["module"] == "httpClient.prices")
            self.assertEqual((pool["opened"], pool["openFailed"]), (0, 2))

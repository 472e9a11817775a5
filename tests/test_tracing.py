"""Traces: what a request leaves behind, what goes out and comes in, what is kept, and one trace through several services."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse

from harness import Connection, Program, ServedCase, eventually, need, request

HERE = pathlib.Path(__file__).resolve().parent
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SAMPLED = f"traceparent: 00-{TRACE}-{PARENT}-01"
UNSAMPLED = f"traceparent: 00-{TRACE}-{PARENT}-00"
ALL = ("--set", "tracing.sampling.ratio=1")


def ask(port, target, headers=(), method="GET", body=b"", host="localhost"):
    with Connection(("127.0.0.1", port)) as connection:
        connection.send(request(target, method, ("Connection: close", *headers), body, host=host))
        return connection.response(method)


def traces(server, query=""):
    return json.loads(ask(server.ops_port, "/ops/traces" + query).body)["traces"]


def trace(server, identity):
    answer = ask(server.ops_port, "/ops/traces/" + identity)
    return json.loads(answer.body) if answer.status == 200 else None


def spans(server, identity):
    found = trace(server, identity)
    return [span for fragment in found["fragments"] for span in fragment["spans"]] if found else []


class ARequest(ServedCase):
    program = "traced"
    arguments = ALL

    def one(self, target, headers=(), **options):
        """The only fragment of a request that was made under a trace of its own."""
        identity = os.urandom(16).hex()
        ask(self.server.port, target, (f"traceparent: 00-{identity}-{PARENT}-01", *headers), **options)
        fragments = trace(self.server, identity)["fragments"]
        self.assertEqual(len(fragments), 1)
        return fragments[0]

    def test_has_a_span_by_the_conventions(self):
        root = self.one("/orders/7?a=1&sig=secret", headers=("User-Agent: me",),
                        host="shop.example:8080")["spans"][0]
        self.assertEqual(root["name"], "GET /orders/{id}")
        self.assertEqual(root["kind"], "server")
        self.assertEqual(root["status"], "unset")
        self.assertEqual(root["parentSpanId"], PARENT)
        self.assertTrue(root["parentIsRemote"])
        told = root["attributes"]
        self.assertGreater(told.pop("network.peer.port"), 0)
        self.assertEqual(told, {
            "order.id": 7, "http.request.method": "GET", "url.path": "/orders/7", "url.query": "a=1&sig=REDACTED",
            "url.scheme": "http", "http.route": "/orders/{id}", "http.response.status_code": 200,
            "server.address": "shop.example", "server.port": 8080, "client.address": "127.0.0.1",
            "network.peer.address": "127.0.0.1", "network.protocol.version": "1.1", "user_agent.original": "me",
            "http.response.body.size": 7})

    def test_has_the_spans_and_the_lines_that_were_made_for_it(self):
        fragment = self.one("/orders/7")
        root, child = fragment["spans"]
        self.assertEqual((child["name"], child["kind"]), ("charge the card", "client"))
        self.assertEqual(child["parentSpanId"], root["spanId"])
        self.assertEqual(child["attributes"], {"payment.provider": "acme", "payment.amount": 7})
        self.assertEqual([event["name"] for event in child["events"]], ["accepted"])
        self.assertLessEqual(child["durationMs"], root["durationMs"])
        # Zeros at the end of a fraction are left out.
        self.assertGreaterEqual(child["start"].rstrip("Z"), root["start"].rstrip("Z"))
        line, = fragment["lines"]
        self.assertIn("an order for 7", line["text"])
        self.assertEqual(line["spanId"], root["spanId"])

    def test_that_fails_says_so(self):
        root = self.one("/fail")["spans"][0]
        self.assertEqual((root["status"], root["attributes"]["error.type"]), ("error", "500"))

    def test_without_a_route_is_named_by_its_method(self):
        root = self.one("/nowhere")["spans"][0]
        self.assertEqual((root["name"], root["status"]), ("GET", "unset"))
        self.assertNotIn("http.route", root["attributes"])
        root = self.one("/nowhere", method="BREW")["spans"][0]
        self.assertEqual(root["name"], "HTTP")
        self.assertEqual(root["attributes"]["http.request.method"], "_OTHER")
        self.assertEqual(root["attributes"]["http.request.method_original"], "BREW")

    def test_of_health_or_where_it_is_switched_off_has_none(self):
        for target in ("/health/check", "/health/own", "/quiet"):
            identity = os.urandom(16).hex()
            self.ask(target, headers=(f"traceparent: 00-{identity}-{PARENT}-01",))
            self.assertIsNone(trace(self.server, identity), target)

    def test_may_leave_work_behind_that_is_in_the_same_trace(self):
        identity = os.urandom(16).hex()
        said = self.ask("/detached", headers=(f"traceparent: 00-{identity}-{PARENT}-01",)).body.decode()
        self.assertEqual(said, identity)
        eventually(lambda: len(spans(self.server, identity)) == 2, "the work has ended")
        root, late = trace(self.server, identity)["fragments"]
        self.assertEqual(late["spans"][0]["name"], "tidy up")
        self.assertEqual(late["spans"][0]["parentSpanId"], root["spans"][0]["spanId"])
        self.assertIn("tidied up", late["lines"][0]["text"])

    def test_with_a_bad_parent_begins_a_trace(self):
        for bad in (f"00-{TRACE.upper()}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "x", f"00-{'0' * 32}-{PARENT}-01"):
            said = self.ask("/hop", headers=(f"traceparent: {bad}", "tracestate: a=1")).body.decode()
            self.assertNotEqual(said, TRACE)
            root, = spans(self.server, said)
            self.assertNotIn("parentSpanId", root)
            self.assertNotIn("traceState", root)

    def test_is_found_by_what_it_says(self):
        self.ask("/wait")
        self.ask("/fail")
        self.assertTrue(all(each["name"] == "GET /fail" for each in traces(self.server, "?status=5xx&route=/fail")))
        self.assertTrue(traces(self.server, "?status=500"))
        self.assertTrue(traces(self.server, "?status=error"))
        self.assertTrue(all(each["durationMs"] >= 15 for each in traces(self.server, "?minDuration=15ms")))
        self.assertTrue(traces(self.server, "?minDuration=15ms&route=/wait"))
        self.assertEqual(traces(self.server, "?attribute=order.id%3D12345"), [])
        self.assertEqual(len(traces(self.server, "?limit=1")), 1)
        self.assertEqual(ask(self.server.ops_port, "/ops/traces/xyz").status, 400)
        self.assertEqual(ask(self.server.ops_port, "/ops/traces/" + os.urandom(16).hex()).status, 404)

    def test_over_http2_has_one_too(self):
        identity = os.urandom(16).hex()
        subprocess.run([need("curl"), "-s", "--http2-prior-knowledge", "-H", f"traceparent: 00-{identity}-{PARENT}-01",
                        f"http://127.0.0.1:{self.server.port}/orders/7"], check=True, capture_output=True)
        root = spans(self.server, identity)[0]
        self.assertEqual(root["attributes"]["network.protocol.version"], "2")


class ByDefault(ServedCase):
    program = "traced"

    def test_errors_and_the_slowest_are_kept(self):
        for _ in range(50):
            self.ask("/plain", headers=(UNSAMPLED,))
        self.ask("/wait", headers=(UNSAMPLED,))
        identity = os.urandom(16).hex()
        self.ask("/fail", headers=(f"traceparent: 00-{identity}-{PARENT}-00",))
        self.assertEqual(trace(self.server, identity)["fragments"][0]["kept"], "error")
        kept = traces(self.server)
        plain = [each for each in kept if each["name"] == "GET /plain"]
        self.assertEqual([each["kept"] for each in plain], ["slow"] * 3)
        self.assertEqual(len([each for each in kept if each["name"] == "GET /wait"]), 1)

    def test_sampling_is_changed_while_it_runs(self):
        state = json.loads(ask(self.server.ops_port, "/ops/tracing").body)
        self.assertEqual((state["enabled"], state["type"], state["ratio"]), (True, "memory", 0.01))
        self.assertEqual(state["propagators"], ["tracecontext", "baggage"])

        def put(**wanted):
            answer = ask(self.server.ops_port, "/ops/tracing", ("Content-Type: application/json",), "PUT",
                         json.dumps(wanted).encode())
            return answer

        self.assertEqual(json.loads(put(ratio=1).body)["ratio"], 1)
        said = self.ask("/hop").body.decode()
        self.assertEqual(trace(self.server, said)["fragments"][0]["kept"], "sampled")
        put(ratio=0, routes=[{"route": "/plain", "method": "GET", "ratio": 1}])
        before = json.loads(ask(self.server.ops_port, "/ops/tracing").body)["keptSampled"]
        for _ in range(5):
            self.ask("/plain")
        after = json.loads(ask(self.server.ops_port, "/ops/tracing").body)
        self.assertEqual(after["keptSampled"], before + 5)
        self.assertEqual(put(ratio=2).status, 422)
        self.assertFalse(json.loads(put(enabled=False).body)["enabled"])
        identity = os.urandom(16).hex()
        self.ask("/fail", headers=(f"traceparent: 00-{identity}-{PARENT}-01",))
        self.assertIsNone(trace(self.server, identity))
        put(enabled=True, routes=[], ratio=0.01)


class Settings(unittest.TestCase):
    def traced(self, *arguments, **options):
        settings = [each for pair in arguments for each in ("--set", pair)]
        server = Program("traced", *settings, **options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def test_tags_as_the_original_had_them(self):
        server = self.traced("tracing.tagStyle=ngo", "tracing.sampling.ratio=1")
        ask(server.port, "/plain", (SAMPLED,), host="shop")
        root, = spans(server, TRACE)
        told = root["attributes"]
        self.assertGreater(told.pop("http.server.peer.port"), 0)
        self.assertEqual(root["name"], "server")
        self.assertEqual(told, {
            "span.kind": "server", "span.type": "HTTP_SERVER", "http.server.request.url": "/plain",
            "http.server.request.method": "GET", "http.server.request.host": "shop",
            "http.server.request.path": "/plain", "http.server.request.size": -1,
            "http.server.peer.host": "127.0.0.1", "http.server.response.status": 200,
            "http.server.response.size": 5})

    def test_callers_that_are_not_trusted_are_linked_to(self):
        server = self.traced("tracing.trustIncoming=false", "tracing.sampling.ratio=1")
        said = ask(server.port, "/hop", (SAMPLED,)).body.decode()
        self.assertNotEqual(said, TRACE)
        root, = spans(server, said)
        self.assertEqual(root["links"], [{"traceId": TRACE, "spanId": PARENT}])

    def test_answers_may_say_their_trace(self):
        server = self.traced("tracing.serverTiming=true")
        said = ask(server.port, "/plain", (SAMPLED,)).get("server-timing")
        self.assertTrue(said.startswith(f"trace;desc=00-{TRACE}-"), said)
        self.assertTrue(said.endswith("-01"))

    def test_nothing_when_it_is_off(self):
        server = self.traced("tracing.enabled=false")
        self.assertEqual(ask(server.port, "/hop", (SAMPLED,)).body, b"")
        self.assertEqual(traces(server), [])

    def test_the_memory_is_bounded(self):
        server = self.traced("tracing.sampling.ratio=1", "tracing.memory.size=20KiB")
        for _ in range(200):
            ask(server.port, "/plain")
        shown = json.loads(ask(server.ops_port, "/ops/traces?limit=1000").body)
        self.assertLessEqual(shown["bytes"], 20 * 1024)
        self.assertLess(shown["held"], 100)
        self.assertGreater(shown["held"], 3)

    def test_the_environment_wins(self):
        server = self.traced("tracing.sampling.ratio=0", env={
            "OTEL_TRACES_SAMPLER": "parentbased_always_on", "OTEL_PROPAGATORS": "b3multi,jaeger"})
        state = json.loads(ask(server.ops_port, "/ops/tracing").body)
        self.assertEqual((state["ratio"], state["propagators"]), (1, ["b3multi", "jaeger"]))

    def test_the_keys_of_the_original_are_understood(self):
        server = self.traced(env={}, config="""
tracing:
  enabled: true
  baggage: { a: b }
  pinpoint:
    applicationName: shop
    applicationType: 1700
    agentId: a
    configFilePath: /etc/pinpoint
    logLevel: info
    collector: { host: localhost, agentPort: 9991, spanPort: 9993, statPort: 9992 }
    sampling: { rate: 1, newThroughput: 0, continueThroughput: 0 }
    stat: { collectInterval: 5000, batchCount: 6 }
  optimus: { serviceName: shop, udpHost: 127.0.0.1, udpPort: "6831" }
""")
        self.assertEqual(ask(server.port, "/plain").status, 200)


def hop(*ports):
    """The target that goes through all of these services."""
    target = "/hop"
    for port in reversed(ports):
        target = "/hop?to=" + urllib.parse.quote(f"http://127.0.0.1:{port}{target}", safe="")
    return target


class ThroughSeveralServices(unittest.TestCase):
    FORMATS = ("tracecontext", "b3", "b3multi", "jaeger", "optimus", "skywalking", "pinpoint")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.go = None

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def services(self, count, propagators, *arguments):
        out = []
        for _ in range(count):
            server = Program("traced", *ALL, *arguments, env={"OTEL_PROPAGATORS": propagators})
            server.__enter__()
            self.addCleanup(server.__exit__, None, None, None)
            out.append(server)
        return out

    def check_chain(self, servers, identity):
        """Server, client, server, client, server: each the parent of the next."""
        before = None
        for server in servers:
            found = spans(server, identity)
            root = found[0]
            self.assertEqual(root["kind"], "server")
            if before is not None:
                shared = root["spanId"] == before["spanId"]  # as Optimus and Pinpoint do
                self.assertTrue(shared or root.get("parentSpanId") == before["spanId"], (root, before))
            before = next((span for span in found if span["kind"] == "client"), None)
        self.assertIsNone(before)

    def test_it_is_one_trace_in_each_format(self):
        for form in self.FORMATS:
            with self.subTest(form):
                first, second, third = servers = self.services(3, form)
                said = ask(first.port, hop(second.port, third.port)).body.decode().split("\n")
                self.assertEqual(len(said), 3, said)
                # Ids that are text elsewhere have a number of ours from the second service on.
                same = said[1:] if form == "pinpoint" else said
                self.assertEqual(len(set(same)), 1, said)
                if form in ("pinpoint", "skywalking"):
                    continue
                self.check_chain(servers, said[0])

    def test_a_client_span_by_the_conventions(self):
        first, second = self.services(2, "tracecontext")
        said = ask(first.port, hop(second.port)).body.decode().split("\n")[0]
        client = spans(first, said)[1]
        self.assertEqual((client["name"], client["kind"]), ("GET", "client"))
        self.assertEqual(client["attributes"], {
            "http.request.method": "GET", "server.address": "127.0.0.1", "server.port": second.port,
            "url.full": f"http://127.0.0.1:{second.port}/hop", "network.peer.address": "127.0.0.1",
            "network.peer.port": second.port, "network.protocol.version": "1.1", "http.response.status_code": 200})

    def test_a_client_span_by_the_names_of_the_original(self):
        first, second = self.services(2, "tracecontext", "--set", "tracing.tagStyle=ngo")
        said = ask(first.port, hop(second.port)).body.decode().split("\n")[0]
        client = spans(first, said)[1]
        self.assertEqual((client["name"], client["kind"]), ("httpclient", "client"))
        self.assertEqual(client["attributes"], {
            "span.kind": "client", "span.type": "HTTP_CLIENT", "span.plugin.type": "ngo",
            "http.client.request.url": f"http://127.0.0.1:{second.port}/hop", "http.client.request.method": "GET",
            "http.client.request.path": "/hop", "http.client.request.host": f"127.0.0.1:{second.port}",
            "http.client.response.status": 200})

    def test_a_server_that_is_away_is_an_error_for_each_attempt(self):
        first, = self.services(1, "tracecontext")
        identity = os.urandom(16).hex()
        ask(first.port, hop(1), (f"traceparent: 00-{identity}-{PARENT}-01",))
        calls = spans(first, identity)[1:]
        self.assertTrue(calls)
        for number, call in enumerate(calls):
            self.assertEqual((call["status"], call["attributes"]["error.type"]), ("error", "unavailable"))
            self.assertEqual(call["attributes"].get("http.request.resend_count"), number or None)
            self.assertEqual(call["events"][0]["name"], "exception")

    def start_go(self, *propagators):
        if ThroughSeveralServices.go is None:
            path = os.path.join(self.folder.name, "server")
            built = subprocess.run([need("go"), "build", "-o", path, "."], cwd=HERE / "servers/go_otel", check=False,
                                   capture_output=True)
            if built.returncode != 0:
                self.skipTest("OpenTelemetry's Go modules cannot be had: " + built.stderr.decode()[-200:])
            ThroughSeveralServices.go = path
        process = subprocess.Popen([self.go, *propagators], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, int(process.stdout.readline())

    def test_a_service_in_go_with_opentelemetrys_own_library_is_in_the_same_trace(self):
        for form in ("tracecontext", "b3", "b3multi", "jaeger"):
            with self.subTest(form):
                first, last = self.services(2, form + ",baggage")
                process, port = self.start_go(form, "baggage")
                said = ask(first.port, hop(port, last.port), ("baggage: user=ada",)).body.decode().split("\n")
                self.assertEqual(said[2], "user=ada", said)
                self.assertEqual(len({said[0], said[1], said[3]}), 1, said)
                theirs = [json.loads(process.stdout.readline()) for _ in range(2)]
                server = next(span for span in theirs if span["kind"] == "server")
                client = next(span for span in theirs if span["kind"] == "client")
                self.assertEqual(server["trace"], said[0])
                self.assertEqual(server["parent"], spans(first, said[0])[1]["spanId"])
                self.assertEqual(spans(last, said[0])[0]["parentSpanId"], client["span"])

    def test_tracestate_and_baggage_go_on(self):
        first, second = self.services(2, "tracecontext,baggage")
        process, port = self.start_go("tracecontext", "baggage")
        ask(first.port, hop(second.port, port), (SAMPLED, "tracestate: vendor=opaque,other=1", "baggage: user=ada"))
        theirs = json.loads(process.stdout.readline())
        self.assertEqual((theirs["trace"], theirs["state"]), (TRACE, "vendor=opaque,other=1"))
        self.assertEqual(spans(second, TRACE)[0]["traceState"], "vendor=opaque,other=1")


if __name__ == "__main__":
    unittest.main()

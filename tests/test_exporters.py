"""Kept spans on their way to real back ends, and what becomes of them when a back end misbehaves."""

import contextlib
import gzip
import http.client
import http.server
import json
import os
import pathlib
import socket
import tempfile
import threading
import time
import unittest

from harness import Authority, Browser, Connection, Program, patience, request, run_once
from harness.backends import Collector, Jaeger, SkyWalking, Zipkin, attributes_of, export


class IntoACollector(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()

    @classmethod
    def tearDownClass(cls):
        cls.collector.close()

    def check_otlp(self, service, **settings):
        told = export("otlp", endpoint=f"http://127.0.0.1:{self.collector.http_port}/v1/traces", service=service, **settings)
        self.assertEqual(told["exported"], 9)
        spans, resource = self.collector.spans(service, 9)
        self.assertEqual(resource["process.pid"], 7)
        self.assertEqual({span["traceId"] for span in spans}, set(told["traces"]))
        server, = (span for span in spans if span["traceId"] == told["traces"][0] and span["kind"] == 2)
        self.assertEqual(server["name"], "GET /articles/{id}")
        self.assertEqual(server["parentSpanId"], "00f067aa0ba902b7")
        self.assertEqual(server["flags"], 0x301)
        self.assertEqual(int(server["endTimeUnixNano"]) - int(server["startTimeUnixNano"]), 40_000_000)
        self.assertEqual(server["status"], {"message": "the author is gone", "code": 2})
        self.assertEqual(attributes_of(server)["http.response.status_code"], 200)
        self.assertEqual(attributes_of(server)["names"], ["a", "b"])
        self.assertEqual(attributes_of(server)["ratio"], 0.5)
        self.assertIs(attributes_of(server)["cached"], False)
        event, = server["events"]
        self.assertEqual((event["name"], attributes_of(event)["exception.type"]), ("exception", "Gone"))
        inner, = (span for span in spans if span["traceId"] == told["traces"][0] and span["name"] == "render")
        self.assertEqual(inner["links"][0]["spanId"], "0000000000000003")
        client, = (span for span in spans if span["traceId"] == told["traces"][0] and span["kind"] == 3)
        self.assertEqual((client["parentSpanId"], inner["parentSpanId"]), (server["spanId"], client["spanId"]))

    def test_otlp_as_protobuf(self):
        self.check_otlp("protobuf")

    def test_otlp_as_protobuf_with_gzip(self):
        self.check_otlp("gzip", compression="gzip")

    def test_otlp_as_json(self):
        self.check_otlp("json", protocol="json")

    def test_the_environment_says_where(self):
        told = export("otlp", service="environment", endpoint="http://127.0.0.1:1/", env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.collector.http_port}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
        self.assertEqual(told["exported"], 9)
        self.collector.spans("environment", 9)

    def check_jaeger(self, service, **settings):
        told = export("jaeger", service=service, **settings)
        self.assertEqual(told["exported"], 9)
        spans, resource = self.collector.spans(service, 9)
        self.assertEqual(resource["process.pid"], 7)
        self.assertEqual({span["traceId"] for span in spans}, set(told["traces"]))
        mine = [span for span in spans if span["traceId"] == told["traces"][0]]
        server, = (span for span in mine if span["kind"] == 2)
        client, = (span for span in mine if span["kind"] == 3)
        self.assertEqual(server["parentSpanId"], "00f067aa0ba902b7")
        self.assertEqual(int(server["endTimeUnixNano"]) - int(server["startTimeUnixNano"]), 40_000_000)
        self.assertEqual(server["status"], {"message": "the author is gone", "code": 2})
        attributes = attributes_of(server)
        self.assertEqual((attributes["http.response.status_code"], attributes["ratio"], attributes["cached"], attributes["names"]),
                         (200, 0.5, False, "a,b"))
        self.assertEqual(server["events"][0]["name"], "exception")
        self.assertEqual(client["parentSpanId"], server["spanId"])
        inner, = (span for span in mine if span["name"] == "render")
        self.assertEqual([link["spanId"] for link in inner["links"]], ["0000000000000003"])

    def test_jaeger_by_otlp(self):
        told = export("jaeger", endpoint=f"http://127.0.0.1:{self.collector.http_port}/v1/traces", service="current-jaeger")
        self.assertEqual(told["exported"], 9)
        self.collector.spans("current-jaeger", 9)

    def test_jaegers_thrift_by_http(self):
        self.check_jaeger("old-collector", protocol="http",
                          endpoint=f"http://127.0.0.1:{self.collector.jaeger_http_port}/api/traces")

    def test_jaegers_thrift_by_datagrams(self):
        self.check_jaeger("old-agent", protocol="udp", host="localhost", port=self.collector.jaeger_udp_port)

    def test_datagrams_of_limited_size_and_a_span_that_is_too_large(self):
        told = export("jaeger", protocol="udp", port=self.collector.jaeger_udp_port, service="small-packets", packet=1000, count=40)
        self.assertEqual(told["exported"], 120)
        self.collector.spans("small-packets", 120)
        told = export("jaeger", protocol="udp", port=self.collector.jaeger_udp_port, service="too-large", padding=70_000)
        self.assertEqual((told["exported"], told["partial"]), (6, 3))
        self.collector.spans("too-large", 6)

    def test_optimus_shares_spans_and_tells_the_application(self):
        told = export("optimus", host="127.0.0.1", port=self.collector.jaeger_udp_port, service="original")
        self.assertEqual(told["exported"], 9)
        spans, resource = self.collector.spans("original", 9)
        self.assertEqual((resource["local.app.name"], resource["local.app.clusterName"]), ("original", "north"))
        mine = [span for span in spans if span["traceId"] == told["traces"][0]]
        server, = (span for span in mine if span["kind"] == 2)
        client, = (span for span in mine if span["kind"] == 3)
        self.assertEqual((server["spanId"], client["parentSpanId"]), ("00f067aa0ba902b7",) * 2)
        self.assertNotIn("root", attributes_of(server))

    def test_large_batches(self):
        told = export("otlp", endpoint=f"http://127.0.0.1:{self.collector.http_port}/v1/traces", service="many", count=600,
                      padding=1000, linger=10_000)
        self.assertEqual((told["exported"], told["queue_full"]), (1800, 0))
        self.collector.spans("many", 1800)


class WithTls(unittest.TestCase):
    def test_otlp_checks_whom_it_speaks_to(self):
        with contextlib.closing(Authority()) as authority, Collector(authority.issue("collector")) as collector:
            where = f"https://localhost:{collector.http_port}/v1/traces"
            self.assertEqual(export("otlp", endpoint=where, ca=authority.pem, service="secret")["exported"], 9)
            collector.spans("secret", 9)
            told = export("otlp", endpoint=where, service="stranger", finish=100)
            self.assertEqual((told["exported"], told["stopped"]), (0, 9))


class IntoJaeger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.jaeger = Jaeger()

    @classmethod
    def tearDownClass(cls):
        cls.jaeger.close()

    def check(self, **settings):
        told = export("jaeger", **settings)
        self.assertEqual(told["exported"], 9)
        spans = self.jaeger.trace(told["traces"][0], 3)

        def tags(span):
            return {each["key"]: each["value"] for each in span["tags"]}

        server, = (span for span in spans if tags(span).get("span.kind") == "server")
        client, = (span for span in spans if tags(span).get("span.kind") == "client")
        inner, = (span for span in spans if span["operationName"] == "render")
        self.assertEqual((server["operationName"], server["duration"]), ("GET /articles/{id}", 40_000))
        self.assertEqual([each["spanID"] for each in server["references"]], ["00f067aa0ba902b7"])
        self.assertIn(server["spanID"], [each["spanID"] for each in client["references"]])
        self.assertIn("0000000000000003", [each["spanID"] for each in inner["references"]])
        self.assertEqual((tags(server)["http.response.status_code"], tags(server)["error"]), (200, True))
        self.assertIn("exception", [each["value"] for log in server["logs"] for each in log["fields"]])

    def test_a_current_one_by_otlp(self):
        self.check(endpoint=f"http://127.0.0.1:{self.jaeger.otlp_port}/v1/traces")

    def test_its_collector_by_thrift(self):
        self.check(protocol="http", endpoint=f"http://127.0.0.1:{self.jaeger.thrift_port}/api/traces")


class IntoZipkin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.zipkin = Zipkin()

    @classmethod
    def tearDownClass(cls):
        cls.zipkin.close()

    def spans(self, **settings):
        told = export("zipkin", endpoint=f"http://127.0.0.1:{self.zipkin.port}/api/v2/spans", service="Newsroom", **settings)
        self.assertEqual(told["exported"], 9)
        spans = self.zipkin.trace(told["traces"][0], 3)
        return {span.get("kind", "INTERNAL"): span for span in spans}

    def test_spans_are_read_back(self):
        spans = self.spans()
        server, client, inner = spans["SERVER"], spans["CLIENT"], spans["INTERNAL"]
        self.assertEqual(server["name"], "get /articles/{id}")
        self.assertEqual(server["localEndpoint"]["serviceName"], "newsroom")
        self.assertEqual(server["parentId"], "00f067aa0ba902b7")
        self.assertEqual((server["duration"], inner["duration"]), (40_000, 4_000))
        self.assertEqual(server["tags"]["http.response.status_code"], "200")
        self.assertEqual(server["tags"]["error"], "the author is gone")
        self.assertEqual(server["tags"]["names"], "a,b")
        self.assertIn('"exception.type":"Gone"', server["annotations"][0]["value"])
        self.assertEqual(client["remoteEndpoint"], {"serviceName": "authors.example", "port": 8080})
        self.assertEqual((client["parentId"], inner["parentId"]), (server["id"], client["id"]))

    def test_a_shared_span_has_the_callers_id(self):
        spans = self.spans(shared="true")
        self.assertEqual(spans["SERVER"]["id"], "00f067aa0ba902b7")
        self.assertTrue(spans["SERVER"]["shared"])
        self.assertEqual(spans["CLIENT"]["parentId"], "00f067aa0ba902b7")


class IntoSkyWalking(unittest.TestCase):
    def test_segments_and_the_instance_are_read_back(self):
        with SkyWalking() as oap:
            told = export("skywalking", endpoint=f"http://127.0.0.1:{oap.grpc_port}", service="newsroom", linger=20_000, stay=2500)
            self.assertEqual(told["exported"], 9, told["log"])
            answer = oap.until(f"""{{queryTrace(traceId: "{told["traces"][0]}") {{spans {{segmentId spanId parentSpanId serviceCode
                serviceInstanceName endpointName type peer isError layer tags {{key value}} logs {{data {{key value}}}}}}}}}}""",
                               lambda said: len(said["queryTrace"]["spans"]) == 3)
            server, client, inner = sorted(answer["queryTrace"]["spans"], key=lambda span: span["spanId"])
            self.assertEqual([span["type"] for span in (server, client, inner)], ["Entry", "Exit", "Local"])
            self.assertEqual([span["parentSpanId"] for span in (server, client, inner)], [-1, 0, 1])
            self.assertEqual((server["serviceCode"], server["serviceInstanceName"]), ("newsroom", "one"))
            self.assertEqual((server["endpointName"], server["layer"], server["isError"]), ("GET /articles/{id}", "Http", True))
            self.assertEqual((client["peer"], client["isError"]), ("authors.example:8080", False))
            self.assertIn({"key": "http.status_code", "value": "200"}, server["tags"])
            self.assertIn({"key": "error.kind", "value": "Gone"}, server["logs"][0]["data"])
            oap.until('{listServices(layer: "GENERAL") {name}}', lambda said: {"name": "newsroom"} in said["listServices"])


class AService(unittest.TestCase):
    """The section `tracing` of a whole service."""

    def ask(self, server, target):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=patience(10))
        with contextlib.closing(connection):
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def test_its_traces_reach_the_collector_and_nothing_of_the_exporter_itself(self):
        with Collector() as collector:
            with Program("traced", "--set", "tracing.type=otlp", "--set", "tracing.sampling.ratio=1", "--set", "tracing.batch.delay=20ms",
                         "--set", f"tracing.otlp.endpoint=http://127.0.0.1:{collector.http_port}/v1/traces") as server:
                self.ask(server, "/orders/7")
                collector.spans("traced", 2)
                self.ask(server, "/orders/8")
                collector.spans("traced", 4)
            spans, resource = collector.spans("traced", 4)
        self.assertEqual(sorted(span["name"] for span in spans), ["GET /orders/{id}"] * 2 + ["charge the card"] * 2)
        self.assertIn("service.instance.id", resource)

    def test_what_was_not_sent_yet_is_sent_when_it_stops(self):
        with Moody(mood()) as back_end:
            with Program("traced", "--set", "tracing.sampling.ratio=1", "--set", "tracing.batch.delay=1h",
                         env={"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": back_end.url}) as server:
                self.ask(server, "/orders/7")
            self.assertEqual(len(back_end.bodies), 1)
        self.assertIn(b"charge the card", back_end.bodies[0])

    def test_an_exporter_of_its_own(self):
        with tempfile.NamedTemporaryFile() as file:
            with Program("traced", "--set", "tracing.sampling.ratio=1", env={"TRACED_LINES": file.name}) as server:
                self.ask(server, "/orders/7")
            lines = [json.loads(line) for line in file.read().splitlines()]
        self.assertEqual([line["name"] for line in lines], ["GET /orders/{id}", "charge the card"])

    def test_a_wrong_type_ends_the_start(self):
        code, output, errors = run_once("traced", "--set", "tracing.type=zipkn")
        self.assertNotEqual(code, 0)
        self.assertIn('unsupported type "zipkn"', output + errors)


class Moody:
    """A back end that answers each POST with the next of its moods, the last one for ever."""

    def __init__(self, *moods):
        self.moods = list(moods)
        self.bodies = []
        self.headers = []
        self.times = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                outer.headers.append(dict(self.headers))
                outer.times.append(time.monotonic())
                status, headers, answer, pause = outer.moods.pop(0) if len(outer.moods) > 1 else outer.moods[0]
                if outer.stopped.wait(pause):
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.stopped = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def mood(status=200, answer=b"", pause=0.0, **headers):
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, answer, pause


class Faults(unittest.TestCase):
    def test_429_with_retry_after_is_waited_for_and_the_batch_sent_again(self):
        with Moody(mood(429, Retry_After="1"), mood()) as back_end:
            told = export("otlp", endpoint=back_end.url, linger=20_000)
        self.assertEqual((told["exported"], told["retries"]), (9, 1))
        self.assertEqual(back_end.bodies[0], back_end.bodies[1])
        self.assertGreaterEqual(back_end.times[1] - back_end.times[0], 0.99)

    def test_what_is_refused_for_good_is_dropped_at_once(self):
        refusal = b"\x08\x03\x12\x0bno such key"
        with Moody(mood(400, refusal)) as back_end:
            told = export("otlp", endpoint=back_end.url)
        self.assertEqual((told["exported"], told["refused"], told["retries"]), (0, 9, 0))
        self.assertEqual(len(back_end.bodies), 1)
        self.assertIn("no such key", told["log"])

    def test_a_partial_success_is_counted_and_not_repeated(self):
        partial = b"\x0a\x0e\x08\x02\x12\x0atoo old by"
        with Moody(mood(200, partial)) as back_end:
            told = export("otlp", endpoint=back_end.url)
        self.assertEqual((told["exported"], told["partial"], told["retries"]), (7, 2, 0))
        self.assertIn("has refused 2 of 9 spans: too old by", told["log"])

    def test_a_partial_success_in_json(self):
        partial = b'{"partialSuccess":{"rejectedSpans":"4","errorMessage":"no","more":1}}'
        with Moody(mood(200, partial)) as back_end:
            told = export("otlp", endpoint=back_end.url, protocol="json")
        self.assertEqual((told["exported"], told["partial"]), (5, 4))
        self.assertEqual(json.loads(back_end.bodies[0])["resourceSpans"][0]["scopeSpans"][0]["scope"]["name"], "ngo")

    def test_garbage_as_the_answer(self):
        with Moody(mood(200, b"\xff\xff\xff<html>")) as back_end:
            told = export("otlp", endpoint=back_end.url)
        self.assertEqual(told["exported"], 9)
        self.assertIn("none of OTLP", told["log"])

    def test_a_back_end_that_is_down_costs_a_bounded_queue(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        told = export("otlp", endpoint=f"http://127.0.0.1:{port}/", count=2000, padding=10_000, linger=100, finish=200)
        self.assertEqual(told["exported"], 0)
        self.assertEqual(told["queue_full"] + told["stopped"], 6000)
        self.assertLessEqual(told["stopped"], 2048)
        self.assertLessEqual(told["most_queued_bytes"], 16 * 1024 * 1024)

    def test_a_back_end_that_never_answers_does_not_hold_up_the_end(self):
        with Moody(mood(pause=60)) as back_end:
            began = time.monotonic()
            told = export("otlp", endpoint=back_end.url, linger=50, finish=300)
        self.assertEqual((told["exported"], told["stopped"]), (0, 9))
        self.assertLess(time.monotonic() - began, patience(20))

    def test_what_waits_is_sent_at_the_end(self):
        with Moody(mood()) as back_end:
            told = export("otlp", endpoint=back_end.url, linger=0, env={"OTEL_BSP_SCHEDULE_DELAY": "600000"})
        self.assertEqual((told["exported"], told["stopped"]), (9, 0))

    def test_headers_of_the_environment_and_no_trace_of_its_own(self):
        with Moody(mood()) as back_end:
            export("otlp", endpoint=back_end.url, env={"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b,other=c",
                                                       "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "other=d"})
        headers = {name.lower(): value for name, value in back_end.headers[0].items()}
        self.assertEqual((headers["api-key"], headers["other"]), ("a b", "d"))
        self.assertEqual(headers["content-type"], "application/x-protobuf")
        self.assertNotIn("traceparent", headers)


class Datagrams(unittest.TestCase):
    def test_an_agents_call_begins_as_its_protocol_says(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
            agent.bind(("127.0.0.1", 0))
            agent.settimeout(patience(10))
            export("optimus", host="127.0.0.1", port=agent.getsockname()[1])
            packet = agent.recv(70_000)
        # compact protocol, version 1 and one-way, sequence 1, emitBatch(1: Batch {1: Process {1: serviceName
        self.assertTrue(packet.startswith(b"\x82\x81\x01\x09emitBatch\x1c\x1c\x18\x08newsroom\x19"), packet[:40])
        self.assertTrue(packet.endswith(b"\x00\x00\x00"))

    def test_an_unknown_host_is_told(self):
        told = export("optimus", host="no-such-host.invalid", linger=50, finish=100)
        self.assertEqual((told["exported"], told["stopped"]), (0, 9))
        self.assertIn("no-such-host", told["log"])

    def test_optimus_needs_a_host(self):
        with self.assertRaisesRegex(AssertionError, "empty UdpHost"):
            export("optimus")


class ANewsroomInZipkin(unittest.TestCase):
    """What somebody sees who looks for a request of the newsroom."""

    def test_its_page_shows_the_trace(self):
        zipkin = Zipkin()
        self.addCleanup(zipkin.close)
        config = (f"service: {{serviceName: newsroom}}\ntracing: {{type: zipkin, sampling: {{ratio: 1}}, batch: {{delay: 50ms}}, "
                  f"zipkin: {{endpoint: 'http://127.0.0.1:{zipkin.port}/api/v2/spans'}}}}\n")
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        with Program("newsroom", config=config) as server, Browser() as browser:
            with Connection(server) as connection:
                connection.send(request("/articles/search?q=city", headers=(f"traceparent: 00-{trace}-00f067aa0ba902b7-01",
                                                                            "Connection: close")))
                self.assertEqual(connection.response("GET").status, 200)
            spans = zipkin.trace(trace, 2)
            outer, = (each for each in spans if each.get("kind") == "SERVER")
            inner, = (each for each in spans if each["name"] == "search the articles")
            self.assertEqual((outer["name"], inner["parentId"]), ("get /articles/search", outer["id"]))
            self.assertEqual(inner["tags"]["search.words"], "city")
            tab = browser.open(f"http://127.0.0.1:{zipkin.port}/zipkin/traces/{trace}")
            tab.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
            for text in ("newsroom", "get /articles/search", "search the articles"):
                tab.wait_for(f"document.body.innerText.toLowerCase().includes({json.dumps(text)})", 30)
            if pictures := os.environ.get("NGO_PICTURES"):
                tab.picture(pathlib.Path(pictures) / "zipkin.png")
            tab.close()


if __name__ == "__main__":
    unittest.main()
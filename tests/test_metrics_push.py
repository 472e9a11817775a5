"""The push of metrics to a collector: what it sends, and that a collector which is down, slow, full or talks nonsense
changes nothing for the service."""

import contextlib
import gzip
import http.server
import json
import ssl
import threading
import time
import unittest

from harness import Authority, Program, ServedCase, eventually

QUICK = ("--set", "metrics.interval=100ms")


class Collector:
    """Takes what is pushed; answers what it is told to."""

    def __init__(self, answers=(), certificate=None):
        self.requests = []
        self.answers = list(answers)  # (status, headers, body), one each; then 200
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.requests.append((time.monotonic(), self.path, dict(self.headers), body))
                status, headers, text = collector.answers.pop(0) if collector.answers else (200, {}, b"")
                if status == 0:  # never
                    time.sleep(1)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if certificate is not None:
            self.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever)

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def metrics_of(body):
    """{name: metric} of an OTLP request in JSON."""
    scope = json.loads(body)["resourceMetrics"][0]["scopeMetrics"][0]
    return {metric["name"]: metric for metric in scope["metrics"]}


def requests_counted(body):
    points = metrics_of(body).get("http.server.request.duration", {"histogram": {"dataPoints": []}})["histogram"]["dataPoints"]
    return sum(int(point["count"]) for point in points)


class Push(unittest.TestCase):
    def started(self, collector, *arguments, **options):
        program = Program("probe", *QUICK, "--set", f"metrics.otlp.endpoint={collector.url}/v1/metrics", *arguments, **options)
        program.__enter__()
        self.addCleanup(program.__exit__, None, None, None)
        return program

    def test_protobuf_with_gzip_is_what_is_sent(self):
        with Collector() as collector:
            self.started(collector, "--set", "metrics.otlp.headers.X-Key=secret")
            eventually(lambda: len(collector.requests) >= 2, "two pushes")
            _, path, headers, body = collector.requests[0]
            self.assertEqual(path, "/v1/metrics")
            self.assertEqual(headers["Content-Type"], "application/x-protobuf")
            self.assertEqual(headers["Content-Encoding"], "gzip")
            self.assertEqual(headers["X-Key"], "secret")
            self.assertIn(b"process.cpu.time", body)
            self.assertIn(b"service.name", body)

    def test_by_tls_to_whom_the_configuration_or_the_environment_trusts(self):
        with contextlib.closing(Authority()) as authority, Collector(certificate=authority.issue("collector")) as collector:
            stranger = self.started(collector)
            eventually(lambda: "has not taken the metrics" in stranger.output(), "the line of what is wrong")
            self.assertIn("certificate", stranger.output())
            self.assertEqual(collector.requests, [])
            self.started(collector, "--set", f"metrics.otlp.tls.ca={authority.pem}")
            eventually(lambda: len(collector.requests) >= 1, "a push")
            self.started(collector, "--set", "metrics.otlp.headers.X-Key=environment",
                         env={"OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE": str(authority.pem)})
            eventually(lambda: any(headers.get("X-Key") == "environment" for _, _, headers, _ in collector.requests), "a push of the second")

    def test_json_and_the_sums_since_the_start(self):
        with Collector() as collector:
            server = self.started(collector, "--set", "metrics.otlp.protocol=http/json", "--set", "metrics.otlp.compression=none")
            for count in (1, 2):
                ServedCase().ask("/result/string", port=server.port)
                eventually(lambda: collector.requests and requests_counted(collector.requests[-1][3]) == count, "the count")
            metric = metrics_of(collector.requests[-1][3])["http.server.request.duration"]
            self.assertEqual(metric["histogram"]["aggregationTemporality"], 2)

    def test_differences_say_each_request_once_whatever_was_refused_in_between(self):
        refusals = [(400, {}, b""), (400, {}, b""), (500, {}, b"")]
        with Collector(refusals) as collector:
            server = self.started(collector, "--set", "metrics.otlp.protocol=http/json", "--set", "metrics.otlp.temporality=delta")
            ServedCase().ask("/result/string", port=server.port)
            eventually(lambda: len(collector.requests) > 6, "pushes")
            counts = [requests_counted(body) for _, _, _, body in collector.requests[3:]]
            self.assertEqual(sum(counts), 1, counts)

    def test_what_was_counted_last_is_pushed_at_the_end(self):
        with Collector() as collector:
            program = Program("probe", "--set", "metrics.interval=1h", "--set", "metrics.otlp.protocol=http/json",
                              "--set", f"metrics.otlp.endpoint={collector.url}/v1/metrics")
            with program:
                ServedCase().ask("/result/string", port=program.port)
                self.assertEqual(collector.requests, [])
            self.assertEqual(len(collector.requests), 1)
            self.assertEqual(requests_counted(collector.requests[0][3]), 1)

    def test_a_collector_that_asks_for_time_gets_it(self):
        with Collector([(429, {"Retry-After": "1"}, b""), (503, {}, b"")]) as collector:
            self.started(collector, "--set", "metrics.interval=60s", env={"OTEL_METRIC_EXPORT_INTERVAL": "50"})
            eventually(lambda: len(collector.requests) >= 3, "two retries")
            times = [when for when, _, _, _ in collector.requests]
            self.assertGreaterEqual(times[1] - times[0], 0.95)
            self.assertGreaterEqual(times[2] - times[1], 0.45)
            self.assertEqual(collector.requests[0][3], collector.requests[1][3])  # the same data

    def test_what_is_wrong_for_good_is_not_sent_again(self):
        with Collector([(400, {}, b"no")]) as collector:
            server = self.started(collector, "--set", "metrics.otlp.protocol=http/json")
            eventually(lambda: len(collector.requests) >= 2, "the next interval")
            line = f"has not taken the metrics: {collector.url}/v1/metrics answered 400"
            eventually(lambda: line in server.output(), "a line of the log")
            name = ('otel_sdk_exporter_metric_data_point_exported_total{error_type="400",'
                    'otel_component_type="otlp_http_metric_exporter"}')
            self.assertIn(name.encode(), ServedCase().ask("/metrics", port=server.ops_port).body)

    def test_partial_success_is_told_and_not_repeated(self):
        refused = b"\x0a\x08\x08\x05\x12\x04full"
        with Collector([(200, {}, refused)]) as collector:
            server = self.started(collector)
            eventually(lambda: "has refused 5 points: full" in server.output(), "a line of the log")

    def test_nobody_waits_for_a_collector_that_is_down_slow_or_talks_nonsense(self):
        nonsense = [(0, {}, b""), (200, {}, b"\xff" * 100), (302, {"Location": "/"}, b""), (200, {}, b"<html>")]
        with Collector(nonsense) as collector:
            server = self.started(collector, "--set", "metrics.otlp.timeout=300ms")
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                self.assertEqual(ServedCase().ask("/result/string", port=server.port).status, 200)
            eventually(lambda: len(collector.requests) > 4, "pushes that go on")
        gone = Collector()
        gone.server.server_close()
        server = self.started(gone, "--set", "metrics.otlp.timeout=300ms")
        eventually(lambda: "has not taken the metrics" in server.output(), "a line of the log")
        self.assertEqual(ServedCase().ask("/result/string", port=server.port).status, 200)

    def test_a_push_is_no_trace_and_takes_none_along(self):
        with Collector() as collector:
            server = self.started(collector, "--set", "tracing.sampling.ratio=1")
            eventually(lambda: len(collector.requests) >= 3, "some pushes")
            for _, _, headers, _ in collector.requests:
                self.assertNotIn("traceparent", {name.lower() for name in headers})
            self.assertEqual(json.loads(ServedCase().ask("/ops/traces", port=server.ops_port).body)["traces"], [])

    def test_environment_variables_win(self):
        with Collector() as collector:
            program = Program("probe", "--set", "metrics.otlp.endpoint=http://127.0.0.1:1/", env={
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_METRIC_EXPORT_INTERVAL": "50",
                "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_HEADERS": "X-Key=a%20b",
                "OTEL_EXPORTER_OTLP_COMPRESSION": "none", "OTEL_SERVICE_NAME": "shop",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test"})
            with program:
                eventually(lambda: collector.requests, "a push")
            _, path, headers, body = collector.requests[0]
            self.assertEqual((path, headers["Content-Type"], headers["X-Key"]), ("/v1/metrics", "application/json", "a b"))
            self.assertNotIn("Content-Encoding", headers)
            resource = {each["key"]: each["value"] for each in json.loads(body)["resourceMetrics"][0]["resource"]["attributes"]}
            self.assertEqual(resource["service.name"], {"stringValue": "shop"})
            self.assertEqual(resource["deployment.environment.name"], {"stringValue": "test"})


if __name__ == "__main__":
    unittest.main()

"""Metrics: what the ops port shows, in which form, and whether Prometheus' own tool finds it good."""

import gzip
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import Program, ServedCase, eventually, request

BOOK = pathlib.Path(__file__).resolve().parent.parent / "docs" / "metrics.md"
OPEN_METRICS = "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def series(text):
    """The samples of an exposition: {'name{labels}': value}."""
    lines = [line.split(" # ")[0] for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


class MetricsCase(ServedCase):
    def metrics(self, query="", headers=()):
        answer = self.ask("/metrics" + query, headers=headers, port=self.server.ops_port)
        self.assertEqual(answer.status, 200)
        return answer

    def samples(self, query=""):
        return series(self.metrics(query).body.decode())


class OnTheOpsPort(MetricsCase):
    def test_text_is_what_comes_when_nothing_is_asked_for(self):
        answer = self.metrics()
        self.assertEqual(answer.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(answer.get("cache-control"), "no-store")
        self.assertIn(b"# TYPE process_cpu_time_seconds_total counter\n", answer.body)
        self.assertTrue(answer.body.endswith(b"\n"))
        self.assertGreater(series(answer.body.decode())["process_memory_usage_bytes"], 1e6)

    def test_open_metrics_where_it_is_preferred(self):
        answer = self.metrics(headers=(OPEN_METRICS,))
        self.assertEqual(answer.get("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(answer.body.endswith(b"\n# EOF\n"))
        self.assertIn(b"# TYPE process_cpu_time_seconds counter\n", answer.body)

    def test_gzip_where_it_is_understood(self):
        for accept in ("Accept: */*", OPEN_METRICS):
            answer = self.metrics(headers=(accept, "Accept-Encoding: gzip"))
            self.assertEqual(answer.get("content-encoding"), "gzip")
            self.assertIn(b"target_info", gzip.decompress(answer.body))

    def test_names_choose(self):
        samples = self.samples("?name%5B%5D=process_uptime_seconds&name[]=process_thread_count")
        self.assertEqual(set(samples), {"process_uptime_seconds", "process_thread_count"})
        self.assertEqual(set(self.samples("?includedNames=process_uptime_seconds")), {"process_uptime_seconds"})
        self.assertEqual(self.metrics("?name[]=nothing").body, b"")

    def test_the_service_says_who_it_is(self):
        info = [name for name in self.samples() if name.startswith("target_info{")]
        self.assertEqual(len(info), 1)
        self.assertIn('service_name="probe"', info[0])
        self.assertIn('service_version="7.8.9"', info[0])

    def test_not_on_the_service_port(self):
        self.assertEqual(self.ask("/metrics").status, 404)

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool")
    def test_prometheus_own_tool_finds_it_good(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.metrics().body, capture_output=True,
                                 check=False)
        # Advice on names that are OpenTelemetry's is not about the form.
        self.assertIn(checked.returncode, (0, 3), checked.stderr)
        self.assertNotIn(b"error while linting", checked.stderr)

    def test_the_book_lists_every_metric_and_no_other(self):
        self.ask("/json", "POST", body=b"{}")
        with self.connect() as connection:
            connection.send(b"nonsense\r\n\r\n")
            connection.response()
        listed = set(re.findall(r"^\| `([a-z_.0-9]+)` \| (?:counter|up-down|gauge|histogram)", BOOK.read_text(),
                                re.MULTILINE))
        shown = set(re.findall(r"^# TYPE ([a-z_0-9]+) ", self.metrics().body.decode(), re.MULTILINE)) - {"target_info"}
        units = "(_(seconds|bytes|ratio))?(_total)?$"
        plain = {re.sub(units, "", name) for name in shown}
        self.assertEqual({name.replace(".", "_") for name in listed}, plain)


LABELS = ('http_request_method="{}",http_response_status_code="{}",http_route="{}",network_protocol_version="1.1",'
          'url_scheme="http"')


class Requests(MetricsCase):
    def count(self, *labels, of="http_server_request_duration_seconds_count"):
        return self.samples().get(f"{of}{{{LABELS.format(*labels)}}}", 0)

    def test_each_method_route_and_status_is_counted_by_itself(self):
        for _ in range(3):
            self.ask("/result/string")
        self.ask("/result/string", "HEAD")
        self.assertEqual(self.count("GET", 200, "/result/string"), 3)
        self.assertEqual(self.count("HEAD", 200, "/result/string"), 1)
        sizes = "http_server_response_body_size_bytes_sum"
        self.assertEqual(self.count("GET", 200, "/result/string", of=sizes),
                         3 * len(self.ask("/result/string").body))

    def test_the_route_is_its_pattern_and_a_path_that_nobody_serves_is_no_label(self):
        for number in (1, 2):
            self.ask(f"/path/int/{number}")
            self.ask(f"/nowhere/{number}")
        text = self.metrics().body.decode()
        self.assertNotIn("/nowhere", text)
        self.assertNotIn("/path/int/1", text)
        none = ('http_request_method="GET",http_response_status_code="404",network_protocol_version="1.1",'
                'url_scheme="http"')
        self.assertEqual(series(text)[f"http_server_request_duration_seconds_count{{{none}}}"] % 2, 0)

    def test_a_failure_of_ours_has_an_error_type(self):
        self.assertEqual(self.ask("/fail/exception").status, 500)
        found = [name for name in self.samples() if 'error_type="500"' in name and "duration_seconds_count" in name]
        self.assertEqual(len(found), 1, found)
        self.assertIn('http_route="/fail/', found[0])

    def test_a_client_that_breaks_off_is_told_apart(self):
        with self.in_flight_request() as slow:
            active = 'http_server_active_requests{http_request_method="GET",url_scheme="http"}'
            eventually(lambda: self.samples().get(active) == 1, "the request to be active")
            slow.vanish()
            eventually(lambda: self.samples().get(active) == 0, "its end")
        found = [name for name in self.samples() if 'error_type="cancelled"' in name and "duration_seconds_count" in name]
        self.assertEqual(len(found), 1, found)
        self.assertNotIn("status_code", found[0])

    def test_what_is_no_request_counts_as_refused(self):
        with self.connect() as connection:
            connection.send(b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n")
            self.assertEqual(connection.response().status, 400)
        self.assertEqual(self.samples()['ngo_http_server_refused_total{http_response_status_code="400"}'], 1)

    def test_probes_and_the_ops_port_are_not_counted(self):
        self.ask("/health/check")
        self.samples()
        text = self.metrics().body.decode()
        self.assertNotIn("/health", text)
        self.assertNotIn('"/metrics"', text)

    def in_flight_request(self):
        connection = self.connect()
        connection.send(request("/never"))
        return connection


class Settings(unittest.TestCase):
    def test_another_path_and_none(self):
        with Program("probe", "--set", "metrics.path=/internal/prometheus") as server:
            case = ServedCase()
            self.assertEqual(case.ask("/internal/prometheus", port=server.ops_port).status, 200)
            self.assertEqual(case.ask("/metrics", port=server.ops_port).status, 404)
        with Program("probe", "--set", "metrics.enabled=false") as server:
            self.assertEqual(ServedCase().ask("/metrics", port=server.ops_port).status, 404)


class InTheBook(MetricsCase):
    program = "book"

    def test_a_services_own_metrics(self):
        for _ in range(3):
            self.assertEqual(self.ask("/sales", "POST", ("Content-Type: application/json",),
                                      b'{"channel":"desk","price":15}').status, 201)
        self.ask("/till/30", "POST")
        samples = self.samples()
        self.assertEqual(samples['box_tickets_total{box_channel="desk"}'], 3)
        self.assertEqual(samples['box_tickets_total{box_channel="online"}'], 0)
        self.assertEqual(samples['box_ticket_price_bucket{le="10"}'], 0)
        self.assertEqual(samples['box_ticket_price_bucket{le="20"}'], 3)
        self.assertEqual(samples["box_ticket_price_sum"], 45)
        self.assertEqual(samples["till_coins"], 70)


if __name__ == "__main__":
    unittest.main()

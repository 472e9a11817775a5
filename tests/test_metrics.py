"""Metrics: what the ops port shows, in which form, and whether Prometheus' own tool finds it good."""

import gzip
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import Program, ServedCase

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
        listed = set(re.findall(r"^\| `([a-z_.0-9]+)` \| (?:counter|up-down|gauge|histogram)", BOOK.read_text(),
                                re.MULTILINE))
        shown = set(re.findall(r"^# TYPE ([a-z_0-9]+) ", self.metrics().body.decode(), re.MULTILINE)) - {"target_info"}
        units = "(_(seconds|bytes|ratio))?(_total)?$"
        plain = {re.sub(units, "", name) for name in shown}
        self.assertEqual({name.replace(".", "_") for name in listed}, plain)


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

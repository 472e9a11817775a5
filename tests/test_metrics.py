"""Metrics: what the ops port shows, in which form, and whether Prometheus' own tool finds it good."""

import gzip
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from harness import CallingCase, Program, ServedCase, eventually, free_port, request, run_once

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
        self.assertIn('os_type="linux"', info[0])
        self.assertIn('process_executable_name="probe"', info[0])

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
        shown = set(re.findall(r"^# TYPE ([a-z_0-9]+) ", self.metrics().body.decode(), re.MULTILINE)) - {"target_info", "probe_traced_duration_seconds"}
        units = "(_(seconds|bytes|ratio))?(_total)?$"
        plain = {re.sub(units, "", name) for name in shown}
        pushed = {"otel.sdk.exporter.metric_data_point.exported"}  # nothing is, here
        self.assertEqual({name.replace(".", "_") for name in listed - pushed}, plain)


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
            self.ask(f"/path/int64/{number}")
            self.ask(f"/nowhere/{number}")
        text = self.metrics().body.decode()
        self.assertNotIn("/nowhere", text)
        self.assertNotIn("/path/int64/1", text)
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


class Limits(MetricsCase):
    arguments = ("--set", "metrics.maxLabelSets=3")

    def test_too_many_label_sets_are_counted_together_and_the_log_says_so_once(self):
        for user in range(10):
            self.assertEqual(self.ask(f"/metrics/visits/u{user}", "POST").status, 204)
        samples = {name: value for name, value in self.samples().items() if name.startswith("probe_visits")}
        self.assertEqual(len(samples), 4)
        self.assertEqual(samples['probe_visits_total{otel_metric_overflow="true"}'], 7)
        line = "the metric probe.visits has more than 3 sets of labels"
        eventually(lambda: line in self.server.output(), "the line")
        self.assertEqual(self.server.output().count(line), 1)

    def test_a_handler_may_ask_for_all_of_it(self):
        self.assertGreater(float(self.ask("/metrics/uptime").body), 0)


@unittest.skipUnless(shutil.which("prometheus"), "needs prometheus")
class ReadByPrometheus(MetricsCase):
    def test_a_real_prometheus_stores_series_and_exemplars(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        self.ask(f"/metrics/traced/{trace}/30", "POST")
        self.ask("/result/string")
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            config = pathlib.Path(folder, "prometheus.yml")
            config.write_text(f"""
global: {{ scrape_interval: 1s }}
scrape_configs:
  - job_name: probe
    static_configs: [{{ targets: ["127.0.0.1:{self.server.ops_port}"] }}]
""")
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", "--log.level=warn",
                 f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                def ask(path, **query):
                    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
                    try:
                        with urllib.request.urlopen(url, timeout=5) as answer:
                            return json.load(answer)["data"]
                    except OSError:
                        return None

                def first(query):
                    found = ask("query", query=query)
                    return found and found["result"] and found["result"][0]["value"][1]

                eventually(lambda: first("probe_traced_duration_seconds_count") == "1", "the series", 30)
                self.assertEqual(first('up{job="probe"}'), "1")
                count = 'http_server_request_duration_seconds_count{http_route="/result/string"}'
                self.assertEqual(first(count), "1")
                self.assertEqual(first('target_info'), "1")
                now = time.time()
                found = eventually(lambda: ask("query_exemplars", query="probe_traced_duration_seconds_bucket",
                                               start=now - 600, end=now + 600), "the exemplar")
                exemplar = found[0]["exemplars"][0]
                self.assertEqual(exemplar["labels"]["trace_id"], trace)
                self.assertEqual(float(exemplar["value"]), 0.03)
            finally:
                prometheus.terminate()
                prometheus.wait(20)


class CallsToOthers(CallingCase, MetricsCase):
    def test_each_attempt_is_counted_by_server_and_outcome(self):
        for article in ("tea", "tea", "none"):
            self.ask("/offers/" + article)
        samples = self.samples()
        server = f'server_address="127.0.0.1",server_port="{self.called.port}"'
        count = "http_client_request_duration_seconds_count"
        self.assertEqual(samples[f'{count}{{http_request_method="GET",http_response_status_code="200",'
                                 f'network_protocol_version="1.1",{server}}}'], 2)
        self.assertEqual(samples[f'{count}{{error_type="404",http_request_method="GET",http_response_status_code="404",'
                                 f'network_protocol_version="1.1",{server}}}'], 1)
        self.assertEqual(samples[f'http_client_active_requests{{{server}}}'], 0)
        idle = samples[f'http_client_open_connections{{http_connection_state="idle",{server}}}']
        self.assertGreaterEqual(idle, 1)
        self.assertEqual(samples[f'http_client_open_connections{{http_connection_state="active",{server}}}'], 0)


class Rules(MetricsCase):
    arguments = ("--set", "httpServer.middlewares.urlMetrics.exclude=/path/,~/result/s.*g")

    def test_paths_that_are_left_out_are_not_counted(self):
        for path in ("/path/int64/1", "/result/string", "/thread"):
            self.ask(path)
        text = self.metrics().body.decode()
        self.assertIn("/thread", text)
        self.assertNotIn("/path/", text)
        self.assertNotIn("/result/", text)

    def test_include_and_exclude_exclude_each_other(self):
        for settings, wanted in ((("include=/a", "exclude=/b"), "exclude each other"), (("include=~(",), "(")):
            arguments = [part for each in settings for part in ("--set", "httpServer.middlewares.urlMetrics." + each)]
            code, _, errors = run_once("probe", *arguments, "--check-config")
            self.assertEqual(code, 1, errors)
            self.assertIn(wanted, errors)


class NamesOfTheOriginal(MetricsCase):
    arguments = ("--set", "metrics.compat=ngo")

    def test_statistics_of_each_url(self):
        for _ in range(3):
            self.ask("/result/string")
        self.ask("/slow?time=15ms")
        self.ask("/fail/exception")
        self.ask("/nowhere")
        samples = self.samples()
        url = '{method="GET",url="/result/string"}'
        self.assertEqual(samples["ngo_url_calls" + url], 3)
        self.assertEqual(samples["ngo_url_errors" + url], 0)
        self.assertEqual(samples["ngo_url_concurrency_max" + url], 1)
        self.assertEqual(samples['ngo_url_bucket_total{bucket="ms0_10",method="GET",url="/result/string"}'], 3)
        self.assertEqual(samples['ngo_url_status_total{code="200",method="GET",url="/result/string"}'], 3)
        self.assertEqual(samples['ngo_url_calls{method="GET",url="/nowhere"}'], 1)
        self.assertEqual(sum(value for name, value in samples.items() if name.startswith("ngo_url_errors")), 1)
        self.assertGreater(samples["ngo_url_duration_ms_sum" + url], 0)
        self.assertGreaterEqual(samples["ngo_url_duration_ms_sum" + url], samples["ngo_url_duration_ms_max" + url])


class NamesOfEasyNgo(MetricsCase):
    arguments = ("--set", "metrics.compat=easy-ngo", "--set", "httpServer.middlewares.urlMetrics.originalPath=true")

    def test_requests_and_their_milliseconds(self):
        for number in (1, 2, 2):
            self.ask(f"/path/int64/{number}")
        samples = self.samples()
        labels = 'code="200",domain="localhost",method="GET",url="/path/int64/2"'
        self.assertEqual(samples[f"request_total{{{labels}}}"], 2)
        self.assertEqual(samples[f'request_duration_bucket{{{labels},le="100000"}}'], 2)
        self.assertEqual(samples[f"request_duration_count{{{labels}}}"], 2)


class InTheBook(MetricsCase):
    program = "book"
    arguments = ("--set", "metrics.interval=50ms")

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
        eventually(lambda: self.ask("/monitor").body == b"3", "the monitor to see them, each once")

    def test_the_calls_of_a_services_own_client(self):
        self.assertEqual(self.ask("/print/5", "POST").body, b"1")
        self.assertEqual(self.ask("/print/25", "POST").body, b"3")
        self.assertEqual(self.ask("/print/500", "POST").status, 429)
        samples = self.samples()
        name = "printer_client_operation_duration_seconds_count"
        own = 'printer_operation="print"'
        where = 'server_address="printer.house"'
        self.assertEqual(samples[f'{name}{{{own},printer_paper="sheet",{where}}}'], 1)
        self.assertEqual(samples[f'{name}{{{own},printer_paper="roll",{where}}}'], 1)
        self.assertEqual(samples[f'{name}{{error_type="resource_exhausted",{own},{where}}}'], 1)
        self.assertEqual(samples[f"printer_client_operation_active{{{own},{where}}}"], 0)


if __name__ == "__main__":
    unittest.main()

import unittest

from driver import wrk
from driver.errors import BenchError

REPORT = """Running 2s test @ http://127.0.0.1:21001/hello
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   581.20us  108.99us   2.94ms   86.61%
    Req/Sec   109.56k     3.41k  115.00k    71.43%
  Latency Distribution
     50%  563.00us
     75%  620.00us
     90%  690.00us
     99%    1.02ms
  228841 requests in 2.10s, 50.20MB read
Requests/sec: 108971.90
Transfer/sec:     23.90MB
"""


class WrkTest(unittest.TestCase):
    def test_a_report_is_read(self):
        report = wrk.parse_report(REPORT)
        self.assertEqual(report.requests, 228841)
        self.assertAlmostEqual(report.requests_per_second, 228841 / 2.1)
        self.assertEqual((report.p50_us, report.p99_us), (563.0, 1020.0))
        self.assertEqual(report.errors, ())

    def test_errors_are_kept(self):
        errors = ("  Socket errors: connect 0, read 3, write 0, timeout 1\n"
                  "  Non-2xx or 3xx responses: 12\n")
        report = wrk.parse_report(REPORT.replace("Requests/sec", errors + "Requests/sec"))
        self.assertEqual(report.errors, ("Socket errors: connect 0, read 3, write 0, timeout 1",
                                         "Non-2xx or 3xx responses: 12"))

    def test_short_units_are_padded_with_a_space(self):
        report = wrk.parse_report(REPORT.replace("563.00us\n", "1.17s \n"))
        self.assertEqual(report.p50_us, 1.17e6)

    def test_a_percentile_of_zero_means_that_wrk_does_not_know(self):
        report = wrk.parse_report(REPORT.replace("1.02ms", "0.00us"))
        self.assertEqual((report.p50_us, report.p99_us), (563.0, None))

    def test_a_report_without_totals_is_refused(self):
        with self.assertRaisesRegex(BenchError, "lacks its totals"):
            wrk.parse_report("unable to connect to 127.0.0.1:1 Connection refused")

    def test_durations_have_units(self):
        durations = {"563.00us": 563.0, "1.5ms": 1500.0, "2s": 2e6, "1.00m": 60e6}
        for text, expected in durations.items():
            self.assertAlmostEqual(wrk.parse_duration_us(text), expected)
        with self.assertRaisesRegex(BenchError, "12 parsecs"):
            wrk.parse_duration_us("12 parsecs")

    def test_the_pipeline_script_asks_for_the_path_as_often_as_wanted(self):
        script = wrk.pipeline_script("/articles/7", 16)
        self.assertIn("for i = 1, 16 do", script)
        self.assertIn('wrk.format("GET", "/articles/7")', script)


if __name__ == "__main__":
    unittest.main()

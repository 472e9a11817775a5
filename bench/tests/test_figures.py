import json
import unittest

from driver.figures import Column, Figures, align


def two_contenders() -> Figures:
    figures = Figures("http", "limit")
    for value in (6.0, 9.0, 7.0):
        figures.add("keepalive-64", "limit", "cpu_us", value)
    for value in (14.0, 9.0, 30.0):
        figures.add("keepalive-64", "ngo", "cpu_us", value)
    return figures


class FiguresTest(unittest.TestCase):
    def test_the_figure_is_the_median_with_minimum_and_maximum(self):
        summary = two_contenders().summary("keepalive-64", "ngo", "cpu_us")
        self.assertEqual((summary.median, summary.minimum, summary.maximum), (14.0, 9.0, 30.0))

    def test_the_ratio_is_to_the_reference_of_the_same_case(self):
        figures = two_contenders()
        figures.add("pipelined-16", "limit", "cpu_us", 0.5)
        self.assertEqual(figures.ratio("keepalive-64", "ngo", "cpu_us"), 2.0)
        self.assertEqual(figures.ratio("keepalive-64", "ngo", "cpu_us", "minimum"), 1.5)
        self.assertEqual(figures.ratio("keepalive-64", "limit", "cpu_us"), 1.0)

    def test_there_is_no_ratio_without_a_reference_value_or_to_zero(self):
        figures = Figures("http", "limit")
        figures.add("start", "ngo", "start_ms", 3)
        self.assertIsNone(figures.ratio("start", "ngo", "start_ms"))
        figures.add("start", "limit", "start_ms", 0)
        self.assertIsNone(figures.ratio("start", "ngo", "start_ms"))
        self.assertIsNone(Figures("micro", None).ratio("parse", "ngo", "cpu_us"))

    def test_a_json_line_has_the_agreed_members(self):
        lines = [json.loads(line) for line in two_contenders().json_lines()]
        self.assertEqual(lines[1], {"bench": "http", "case": "keepalive-64", "contender": "ngo", "metric": "cpu_us",
                                    "value": 14.0, "unit": "us", "reference": "limit", "ratio": 2.0})
        self.assertEqual(len(lines), 2)

    def test_a_json_line_without_reference_says_null(self):
        figures = Figures("micro", None)
        figures.add("parse", "ngo", "cpu_us", 0.0421)
        line = json.loads(figures.json_lines()[0])
        self.assertIsNone(line["reference"])
        self.assertIsNone(line["ratio"])
        self.assertEqual(line["value"], 0.0421)

    def test_an_unknown_metric_is_refused(self):
        with self.assertRaisesRegex(ValueError, "cpu_us"):
            Figures("http", None).add("a", "b", "cpu_ms", 1)

    def test_the_table_shows_spread_scale_and_both_ratios(self):
        table = two_contenders().table("keepalive-64", [Column("cpu_us", "CPU ms", 3, 1e-3), Column("rps", "rps")])
        self.assertEqual(table.splitlines(), [
            "contender                CPU ms  ratio  of minima",
            "limit      0.007 [0.006..0.009]   1.00       1.00",
            "ngo        0.014 [0.009..0.030]   2.00       1.50",
        ])

    def test_a_missing_value_is_a_dash(self):
        figures = two_contenders()
        figures.add("keepalive-64", "limit", "rps", 1000)
        last = figures.table("keepalive-64", [Column("rps", "rps")]).splitlines()[-1]
        self.assertEqual(last.split(), ["ngo", "-", "-", "-"])

    def test_contenders_keep_the_order_of_the_first_case(self):
        figures = two_contenders()
        figures.add("start", "ngo", "start_ms", 3)
        figures.add("start", "limit", "start_ms", 2)
        self.assertEqual(figures.contenders("start"), ["limit", "ngo"])

    def test_columns_line_up(self):
        self.assertEqual(align([["a", "b"], ["long", "1"], ["x", "100"]]), "a       b\nlong    1\nx     100")


if __name__ == "__main__":
    unittest.main()

import os
import tempfile
import unittest
from pathlib import Path

from driver import contenders, http_bench, micro_bench, pairing, processes
from driver.errors import BenchError
from driver.figures import Figures


class SelectionTest(unittest.TestCase):
    def test_every_contender_is_selected_without_a_list(self):
        names = [contender.name for contender in contenders.select(None)]
        self.assertEqual(names, ["limit", "ngo", "ngo-full", "ngo-seen", "go-net-http", "gin", "fasthttp", "actix-web", "spring-boot"])

    def test_a_list_keeps_its_order(self):
        self.assertEqual([contender.name for contender in contenders.select("ngo,limit")], ["ngo", "limit"])

    def test_unknown_names_are_answered_with_the_known_ones(self):
        with self.assertRaisesRegex(BenchError, 'no contender "gni"; there are: limit, ngo'):
            contenders.select("ngo,gni")
        with self.assertRaisesRegex(BenchError, 'no case "x"; there are: keepalive-64'):
            pairing.select(http_bench.CASES, "x")

    def test_the_port_reaches_the_command_line(self):
        for contender in contenders.select(None):
            self.assertTrue(any("4711" in part for part in contender.command_line(4711)), contender.name)

    def test_a_missing_tool_makes_a_contender_unavailable(self):
        with self.assertRaisesRegex(contenders.Unavailable, "no cargo-that-nobody-has"):
            contenders.need_tool("cargo-that-nobody-has")

    def test_a_program_is_stale_when_a_source_is_newer(self):
        with tempfile.TemporaryDirectory() as folder:
            sources = Path(folder) / "sources"
            sources.mkdir()
            source, program = sources / "main.go", Path(folder) / "program"
            source.touch()
            self.assertFalse(contenders.is_fresh(program, sources))
            program.touch()
            os.utime(source, (100, 100))
            self.assertTrue(contenders.is_fresh(program, sources))
            os.utime(program, (50, 50))
            self.assertFalse(contenders.is_fresh(program, sources))


class ProcessesTest(unittest.TestCase):
    def test_time_counts_new_threads_whole_and_ended_threads_not_at_all(self):
        before = {(1, 1): 100, (1, 2): 50}
        after = {(1, 1): 130, (1, 3): 7}
        self.assertEqual(processes.time_spent_ns(before, after), 37)

    def test_a_process_is_its_own_descendant(self):
        self.assertEqual(processes.descendants(os.getpid())[0], os.getpid())
        self.assertIn(os.getpid(), processes.descendants(os.getppid()))


class MicroTest(unittest.TestCase):
    def test_repetitions_are_taken_and_aggregates_are_not(self):
        figures = Figures("micro", None)
        entry = {"name": "BM_Parse/2", "run_name": "BM_Parse/2", "run_type": "iteration", "time_unit": "ns"}
        micro_bench.collect({"benchmarks": [{**entry, "cpu_time": 40.0}, {**entry, "cpu_time": 60.0},
                                            {**entry, "run_type": "aggregate", "cpu_time": 1.0}]}, figures)
        summary = figures.summary("BM_Parse/2", "ngo", "cpu_us")
        self.assertAlmostEqual(summary.median, 0.05)
        self.assertAlmostEqual(summary.minimum, 0.04)

    def test_a_failed_benchmark_is_an_error(self):
        with self.assertRaisesRegex(BenchError, "BM_Broken"):
            micro_bench.collect({"benchmarks": [{"name": "BM_Broken", "error_occurred": True}]},
                                Figures("micro", None))


if __name__ == "__main__":
    unittest.main()

"""The runner of the unit tests counts what GoogleTest reports, and does not take a program that died for a good one."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import unit_tests  # noqa: E402

REPORT = """<testsuites><testsuite>
  <testcase name="A" status="run" result="completed"/>
  <testcase classname="a" name="B" status="run" result="completed"><failure message="no"/></testcase>
  <testcase name="C" status="run" result="skipped"/>
  <testcase name="D" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class UnitTests(unittest.TestCase):
    def counts(self, report, exit_code):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "fake_test"
            write = f"cat >\"${{1#--gtest_output=xml:}}\" <<'E'\n{report}\nE\n" if report else ""
            program.write_text(f"#!/bin/bash\n{write}exit {exit_code}\n")
            program.chmod(0o755)
            _, passed, broken, skipped, *_ = unit_tests.run(program, "")
            self.broken = broken
            return passed, len(broken), skipped

    def test_counts_what_the_report_says(self):
        self.assertEqual(self.counts(REPORT, 1), (1, 1, 1))
        self.assertEqual(self.broken, ["fake_test a.B: no"])

    def test_a_program_that_died_has_failed(self):
        self.assertEqual(self.counts("", 139), (0, 1, 0))
        self.assertEqual(self.broken, ["fake_test: ended with 139"])

    def test_a_sanitizers_report_after_good_tests_is_a_failure(self):
        self.assertEqual(self.counts(REPORT.replace('<failure message="no"/>', ""), 99), (2, 1, 1))

    def test_no_report_is_a_failure_even_with_a_good_exit_code(self):
        self.assertEqual(self.counts("", 0), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""Runs the system tests: real programs, real clients, faults. Standard library only.

    tests/run.py --bin-dir build/debug/bin [--filter SUBSTRING] [--jobs N]

Files run beside each other, the tests of a file one after another. One line a test; at the end
"N passed, N failed, N skipped". Exit code 1 when anything failed.

Where CI is set, a test that failed is tried once more when all others have ended: one that passes then is called
unsteady and counts as passed. It is a defect to mend, and listed at the end as one. That is not for what a sanitizer has
reported, for crashes, nor for more than a few.
"""

import argparse
import importlib
import multiprocessing
import os
import pathlib
import queue
import re
import signal
import sys
import time
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
MOST_UNSTEADY = 3
TEST_SECONDS = 60  # a test that takes longer hangs; by the patience more
SERIOUS = re.compile(r"ProgramFailed|Sanitizer|runtime error:|terminate called|process ended with")
EXCEPTION = re.compile(r"[A-Za-z_.]*(Error|Exception|TookTooLong)\b")


class TookTooLong(Exception):
    pass


class Lines(unittest.TestResult):
    """Sends one message a test to the process that prints."""

    def __init__(self, messages):
        super().__init__()
        self._messages = messages
        self._began = 0.0
        self._sub_failures = []

    def _say(self, outcome, test, detail=""):
        self._messages.put((outcome, name_of(test), time.monotonic() - self._began, detail))

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        self._sub_failures = []
        signal.alarm(int(TEST_SECONDS * float(os.environ["NGO_TEST_PATIENCE"])))

    def stopTest(self, test):
        signal.alarm(0)
        if self._sub_failures:
            self._say("failed", test, "\n".join(self._sub_failures))
        super().stopTest(test)

    def addSuccess(self, test):
        self._say("passed", test)

    def addFailure(self, test, error):
        self._say("failed", test, describe(error))

    def addError(self, test, error):
        if self._began == 0.0:
            self._began = time.monotonic()
        self._say("failed", test, describe(error))

    def addSkip(self, test, reason):
        if self._began == 0.0:
            self._began = time.monotonic()
        self._say("skipped", test, reason)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._sub_failures.append(f"  [{subtest._subDescription()}]\n{describe(error)}")


def name_of(test) -> str:
    if isinstance(test, unittest.TestCase):
        return f"{type(test).__module__}.{type(test).__name__}.{test._testMethodName}"
    return str(test).replace("setUpClass (", "").replace("tearDownClass (", "end of ").rstrip(")")


def describe(error) -> str:
    kind, value, trace = error
    text = "".join(traceback.format_exception(kind, value, trace, limit=-4))
    return "\n".join("    " + line for line in text.rstrip().splitlines())


def reason(detail) -> str:
    """The line that names the exception, of all that is told about a failure."""
    lines = [line.strip() for line in detail.splitlines() if line.strip()]
    return next((line for line in lines if EXCEPTION.match(line)), lines[-1] if lines else "no detail")


def all_tests(module, wants):
    suite = unittest.TestSuite()
    for case in unittest.TestLoader().loadTestsFromModule(module):
        suite.addTests(test for test in case if wants(name_of(test)))
    return suite


def run_file(name, wants, messages):
    def too_long(*_):
        raise TookTooLong("the test hangs")

    signal.signal(signal.SIGALRM, too_long)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        importlib.import_module("harness.environment").set_note(lambda text: messages.put(("note", name, 0.0, text)))
        module = importlib.import_module(name)
        all_tests(module, wants).run(Lines(messages))
    except BaseException:  # noqa: whatever it is, it must be seen
        messages.put(("failed", name, 0.0, describe(sys.exc_info())))
    messages.put(("end", name, 0.0, ""))


def show(outcome, name, seconds, detail, quiet):
    if outcome == "passed" and quiet:
        return
    print(f"{outcome:7} {name} ({seconds:.2f} s)" + (f": {detail}" if outcome == "skipped" else ""), flush=True)
    if outcome == "failed":
        print(detail, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin-dir", required=True, type=pathlib.Path, help="folder of the programs under test")
    parser.add_argument("--filter", default="", help="run only tests whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="files that run at the same time")
    parser.add_argument("--sanitizer", choices=["none", "asan", "tsan"], help="default: by the name of the folder")
    parser.add_argument("--quiet", action="store_true", help="no line for a test that passes")
    arguments = parser.parse_args()

    folder = arguments.bin_dir.resolve()
    kind = arguments.sanitizer or next((k for k in ("asan", "tsan") if k in str(arguments.bin_dir)), "none")
    os.environ["NGO_TEST_BIN_DIR"] = str(folder)
    os.environ["NGO_TEST_SANITIZER"] = "" if kind == "none" else kind
    patience = (1 if kind == "none" else 4) * (2 if os.environ.get("CI") else 1)  # other work may run on CI's machine
    os.environ.setdefault("NGO_TEST_PATIENCE", str(patience))
    sys.path.insert(0, str(HERE))
    sys.dont_write_bytecode = True

    names = sorted(path.stem for path in HERE.glob("test_*.py"))
    names = [name for name in names if has_wanted(name, arguments.filter)]
    run = Run(arguments.quiet)
    run.files(names, lambda name: arguments.filter in name, max(1, arguments.jobs))
    unsteady = run.try_again() if os.environ.get("CI") else []
    print("".join(line + "\n" for line in run.failures.values()), end="")
    print("".join(line + "\n" for line in unsteady), end="")
    counts = run.counts
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] else 0


class Run:
    """What has come of the tests so far."""

    def __init__(self, quiet):
        self._quiet = quiet
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.failures = {}  # by name, a line each; again at the end, where they are found
        self._told = {}  # by name, all that is known of a failure

    def files(self, waiting, wants, jobs):
        context = multiprocessing.get_context("fork")
        messages = context.Queue()
        waiting = list(waiting)
        running = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                running[name] = context.Process(target=run_file, args=(name, wants, messages))
                running[name].start()
            try:
                self._take(running, *messages.get(timeout=1))
            except queue.Empty:
                for name, process in list(running.items()):
                    if not process.is_alive() and messages.empty():
                        del running[name]
                        self._take(running, "failed", name, 0.0, f"its process ended with {process.exitcode}")

    def _take(self, running, outcome, name, seconds, detail):
        if outcome == "end":
            running.pop(name).join()
            return
        if outcome == "note":
            print(f"note    {name}: {detail}", flush=True)
            return
        self.counts[outcome] += 1
        if outcome == "failed":
            self.failures[name] = f"failed  {name}: {reason(detail)}"
            self._told[name] = detail
        show(outcome, name, seconds, detail, self._quiet)

    def try_again(self):
        """Of what has failed that which may be tried once more; a line for each that passes."""
        names = [name for name, detail in self._told.items() if name.count(".") == 2 and not SERIOUS.search(detail)]
        if len(names) > MOST_UNSTEADY:
            return []
        lines = []
        for name in names:
            again = Run(self._quiet)
            again.files([name.split(".")[0]], lambda each, name=name: each == name, 1)
            if again.counts != {"passed": 1, "failed": 0, "skipped": 0}:
                continue
            lines.append(self.failures.pop(name).replace("failed  ", "unsteady ", 1))
            self.counts["failed"] -= 1
            self.counts["passed"] += 1
        return lines


def has_wanted(name, wanted) -> bool:
    if not wanted:
        return True
    source = (HERE / f"{name}.py").read_text(encoding="utf-8")
    return wanted in name or any(part in source for part in wanted.split(".")[-1:])


if __name__ == "__main__":
    sys.exit(main())

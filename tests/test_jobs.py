"""Work that goes on after 202: progress at a URL, failures, cancellation, limits, and what a stop does."""

import json
import time

from harness import Program, ServedCase, eventually, sanitizer


class Jobs(ServedCase):
    program = "jobs"
    arguments = ("--set", "jobs.maxRunning=2", "--set", "httpServer.shutdownTimeout=1s")

    def begin(self, lines, first=b""):
        return self.ask("/imports", method="POST", body=first + b"a line\n" * lines)

    def state(self, location):
        return self.ask_json(location)["state"]

    def test_work_goes_on_behind_202(self):
        answer = self.begin(1000)
        status = json.loads(answer.body)
        self.assertEqual((answer.status, answer.get("location")), (202, "/imports/" + status["id"]))
        self.assertEqual((status["kind"], status["state"], status["result"]), ("import", "running", None))
        seen = set()

        def done():
            now = self.ask_json(answer.get("location"))
            seen.add(now["progress"])
            return now["state"] == "done"
        eventually(done, "the import is done")
        self.assertGreater(len(seen), 1)
        status = self.ask_json(answer.get("location"))
        self.assertEqual((status["progress"], status["message"], status["result"], status["error"]),
                         (1, "1000 lines", {"lines": 1000}, ""))
        self.assertEqual(self.ask(answer.get("location"), method="DELETE").status, 204)
        self.assertEqual(self.ask(answer.get("location")).status, 404)

    def test_a_failure_is_told(self):
        location = self.begin(1, b"!").get("location")
        eventually(lambda: self.state(location) == "failed", "the import fails")
        self.assertEqual(self.ask_json(location)["error"], 'a line begins with "!"')

    def test_jobs_are_cancelled_and_bounded(self):
        locations = [self.begin(1_000_000).get("location") for _ in range(2)]
        answer = self.begin(10)
        self.assertEqual(answer.status, 429)
        self.assertIn("jobs.maxRunning", json.loads(answer.body)["detail"])
        for location in locations:
            self.assertEqual(self.ask(location, method="DELETE").status, 202)
            eventually(lambda at=location: self.state(at) == "cancelled", "the import is cancelled")
        self.assertEqual(self.begin(1).status, 202)

    def test_unknown_jobs_are_not_found(self):
        for method in ("GET", "DELETE"):
            self.assertEqual(self.ask("/imports/nothing", method=method).status, 404)

    def test_a_stop_waits_for_work_and_then_cancels_it(self):
        for lines, least, most in ((5_000, 0.3, 3.0), (1_000_000, 0.9, 4.0)):
            with self.subTest(lines), Program("jobs", *self.arguments) as server:
                answer = self.ask("/imports", method="POST", body=b"a line\n" * lines, port=server.port)
                self.assertEqual(answer.status, 202)
                began = time.monotonic()
                server.stop()
                self.assertGreater(time.monotonic() - began, least)
                if not sanitizer():
                    self.assertLess(time.monotonic() - began, most)

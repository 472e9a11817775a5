"""Long work beside the requests: 202 with the address of a status, progress, cancelling, limits, and the stop."""

import json
import unittest

from harness import Program, ServedCase, eventually
from harness.case import request
from harness.wire import Connection


class Jobs(ServedCase):
    arguments = ("--set", "jobs.maxRunning=5", "--set", "jobs.maxKept=3")

    def begin(self, kind):
        answer = self.ask(f"/long/{kind}", method="POST")
        self.assertEqual(answer.status, 202, answer.body)
        location = answer.get("location")
        self.assertEqual(location, "/jobs/" + json.loads(answer.body)["id"])
        return location

    def state(self, location, wanted):
        def look():
            status = self.ask_json(location)
            return status if status["state"] == wanted else None
        return eventually(look, f"the job is {wanted}")

    def test_a_job_ends_with_its_result(self):
        status = self.state(self.begin(0), "done")
        self.assertEqual((status["progress"], status["result"], status["name"]), (1, {"name": "all of it"}, "long"))
        self.assertNotIn("result", self.state(self.begin("void"), "done"))

    def test_progress_can_be_seen(self):
        location = self.begin(4)
        status = self.ask_json(location)
        self.assertEqual((status["state"], status["progress"], status["message"]), ("running", 0.25, "a quarter"))
        self.state(location, "done")

    def test_a_failure_tells_what_the_client_may_know(self):
        self.assertEqual(self.state(self.begin(1), "failed")["error"], "the third line is no number")
        self.assertNotIn("secret", self.state(self.begin(2), "failed")["error"])

    def test_a_job_is_cancelled_and_then_forgotten_by_delete(self):
        location = self.begin(3)
        self.assertEqual(self.ask(location, method="DELETE").status, 204)
        self.state(location, "cancelled")
        self.assertEqual(self.ask(location, method="DELETE").status, 204)
        self.assertEqual(self.ask(location).status, 404)
        self.assertEqual(self.ask("/jobs/none", method="DELETE").status, 404)

    def test_the_numbers_that_run_and_are_kept_are_bounded(self):
        first = self.begin(0)
        self.state(first, "done")
        for _ in range(3):
            self.state(self.begin(0), "done")
        self.assertEqual(self.ask(first).status, 404)
        running = [self.begin(3) for _ in range(5)]
        self.assertEqual(self.ask("/long/0", method="POST").status, 429)
        for location in running:
            self.ask(location, method="DELETE")
        eventually(lambda: self.ask("/long/0", method="POST").status == 202, "there is room again")


class Stop(unittest.TestCase):
    def test_a_stop_waits_for_jobs_and_then_cancels_them(self):
        for kind, ended in ((4, True), (3, False)):
            with Program("probe", "--set", "httpServer.shutdownTimeout=2s") as server:
                with Connection(server) as connection:
                    connection.send(request(f"/long/{kind}", "POST", ("Connection: close",)))
                    self.assertEqual(connection.response("POST").status, 202)
                server.stop()
                self.assertEqual("the long work is over" in server.output(), ended)

"""The health endpoints that deployers call: the original's paths, status codes and bodies."""

import json
import threading
import time

from harness import Connection, ServedCase, eventually, request


class OnTheOpsPort(ServedCase):
    def health(self, what, method="GET"):
        answer = self.ask("/health/" + what, method=method, port=self.server.ops_port)
        return answer.status, answer.body

    def tearDown(self):
        self.assertEqual(self.health("online"), (200, b"ok"))
        self.ask("/liveness?alive=true", method="POST")

    def test_a_started_service_lives_and_is_ready(self):
        self.assertEqual(self.health("check"), (200, b"ok"))
        self.assertEqual(self.health("status"), (200, b"ok"))

    def test_answers_are_plain_text_and_not_stored(self):
        for what in ("online", "offline", "check", "status"):
            answer = self.ask("/health/" + what, port=self.server.ops_port)
            self.assertTrue(answer.get("content-type").startswith("text/plain"), what)
            self.assertEqual(answer.get("cache-control"), "no-store")

    def test_get_head_and_post_do_the_same(self):
        self.assertEqual(self.health("offline", "POST"), (200, b"ok"))
        self.assertEqual(self.health("status", "HEAD"), (403, b""))
        self.assertEqual(self.health("online", "POST"), (200, b"ok"))
        self.assertEqual(self.health("status", "HEAD"), (200, b""))

    def test_offline_takes_back_readiness_and_online_gives_it_again(self):
        self.assertEqual(self.health("offline"), (200, b"ok"))
        self.assertEqual(self.health("status"), (403, b"error"))
        self.assertEqual(self.health("check"), (200, b"ok"))
        self.assertEqual(self.ask("/result/string").status, 200)  # not ready is a signal, not a refusal
        self.assertEqual(self.health("online"), (200, b"ok"))
        self.assertEqual(self.health("status"), (200, b"ok"))

    def test_offline_says_bad_while_a_request_is_in_flight(self):
        with self.in_flight_request() as slow:
            self.assertEqual(self.health("offline"), (400, b"bad"))
            answer = self.ask("/health/offline", port=self.server.ops_port)
            self.assertEqual(answer.get("x-inflight"), "1")
            slow.vanish()
            eventually(lambda: self.health("offline") == (200, b"ok"), "the end of the request")

    def test_offline_waits_until_nothing_is_in_flight(self):
        with self.in_flight_request() as slow:
            answers = []
            waiting = threading.Thread(target=lambda: answers.append(self.health("offline?wait=25s")))
            waiting.start()
            eventually(lambda: self.health("status")[0] == 403, "offline")
            self.assertEqual(answers, [])
            slow.vanish()
            waiting.join()
            self.assertEqual(answers, [(200, b"ok")])

    def test_offline_waits_no_longer_than_asked(self):
        with self.in_flight_request():
            began = time.monotonic()
            self.assertEqual(self.health("offline?wait=200ms"), (400, b"bad"))
            self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_a_wait_that_is_none_is_refused(self):
        for wait in ("soon", "-1s", "20h"):
            answer = self.ask("/health/offline?wait=" + wait, port=self.server.ops_port)
            self.assertEqual(answer.status, 400)
        self.assertEqual(self.health("status"), (200, b"ok"))

    def test_the_services_own_word_on_its_life_counts(self):
        self.ask("/liveness?alive=false", method="POST")
        self.assertEqual(self.health("check"), (403, b"error"))
        self.assertEqual(self.health("status"), (200, b"ok"))

    def test_details_show_each_component(self):
        answer = self.ask("/health?fresh=true", port=self.server.ops_port)
        tree = json.loads(answer.body)
        self.assertEqual((answer.status, tree["status"], tree["online"]), (200, "UP", True))
        self.assertEqual(tree["components"]["component"]["status"], "UP")
        self.assertEqual(tree["components"]["component"]["details"]["depth"], "3")
        answer = self.ask("/health/components/component", port=self.server.ops_port)
        self.assertEqual(json.loads(answer.body)["status"], "UP")
        self.assertEqual(self.ask("/health/components/other", port=self.server.ops_port).status, 404)

    def in_flight_request(self):
        """A connection whose request is being worked on, until it is closed."""
        connection = Connection(self.server)
        before = self.ask_json("/waits")["begun"]
        connection.send(request("/never"))
        eventually(lambda: self.ask_json("/waits")["begun"] > before, "the start of the handler")
        return connection


class Flapping(ServedCase):
    arguments = ("--set", "health.interval=20ms", "--set", "health.failuresToDown=2")

    def test_a_component_that_is_down_takes_back_readiness_and_comes_again(self):
        def status():
            return self.ask("/health/status", port=self.server.ops_port).status

        self.assertEqual(status(), 200)
        self.ask("/component?alive=false", method="POST")
        eventually(lambda: status() == 403, "not ready")
        tree = self.ask("/health", port=self.server.ops_port)
        self.assertEqual(tree.status, 503)
        self.assertEqual(json.loads(tree.body)["components"]["component"]["status"], "DOWN")
        self.assertEqual(self.ask("/health/check", port=self.server.ops_port).status, 200)
        self.ask("/component?alive=true", method="POST")
        eventually(lambda: status() == 200, "ready again")


class OnTheServicePort(ServedCase):
    def test_the_two_probes_answer_and_the_two_switches_do_not(self):
        self.assertEqual(self.ask("/health/check").body, b"ok")
        self.assertEqual(self.ask("/health/status").body, b"ok")
        self.assertEqual(self.ask("/health/online").status, 404)
        self.assertEqual(self.ask("/health/offline").status, 404)
        self.assertEqual(self.ask("/health").status, 404)


class AllOnTheServicePort(ServedCase):
    arguments = ("--set", "httpServer.health=all")

    def test_all_four_answer(self):
        self.assertEqual(self.ask("/health/offline").body, b"ok")
        self.assertEqual(self.ask("/health/status").status, 403)
        self.assertEqual(self.ask("/health/online").body, b"ok")
        self.assertEqual(self.ask("/health/status").status, 200)

    def test_probes_are_not_in_flight_themselves(self):
        self.assertEqual(self.ask("/health/offline?wait=10s").body, b"ok")
        self.ask("/health/online")


class NoneOnTheServicePort(ServedCase):
    arguments = ("--set", "httpServer.health=none")

    def test_none_answers(self):
        for what in ("check", "status", "online", "offline"):
            self.assertEqual(self.ask("/health/" + what).status, 404)


class NotByItself(ServedCase):
    arguments = ("--set", "health.autoOnline=false")

    def test_a_service_that_waits_for_online_is_not_ready_before(self):
        self.assertEqual(self.ask("/health/status").status, 403)
        self.assertEqual(self.ask("/health/check").status, 200)
        self.ask("/health/online", port=self.server.ops_port)
        self.assertEqual(self.ask("/health/status").status, 200)


class WithoutOpsPort(ServedCase):
    @classmethod
    def setUpClass(cls):
        from harness import Program

        cls.server = Program("probe", "--set", "ops.enabled=false", ops=False)
        cls.server.__enter__()

    def test_it_serves_without(self):
        self.assertEqual(self.ask("/health/status").body, b"ok")
        self.assertIsNone(self.server.ops_port)

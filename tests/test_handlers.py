"""Handlers: parameters by type, results by type, failures, middleware, modules."""

import json

from harness import ServedCase, eventually


def problem(answer):
    return json.loads(answer.body)


class Parameters(ServedCase):
    def test_path_parameters_are_read_by_type(self):
        for target, value in (("int8/-128", -128), ("int64/9223372036854775807", 9223372036854775807),
                              ("uint64/18446744073709551615", 18446744073709551615), ("double/-1.5e3", -1500.0),
                              ("bool/true", True), ("string/a%20b%2Fc", "a b/c"), ("string/%C3%A4", "ä"),
                              ("colour/green", "green"), ("rest/a/b%2Fc", None)):
            with self.subTest(target):
                answer = self.ask("/path/" + target)
                self.assertEqual(answer.status, 200, answer.body)
                if value is not None:
                    self.assertEqual(json.loads(answer.body)["value"], value)
        self.assertEqual(self.ask_json("/path/two/x/y%2Fz"), {"first": "x", "second": "y/z"})

    def test_a_path_parameter_that_does_not_fit_is_400_with_the_reason(self):
        for target in ("int8/128", "int8/x", "int64/9223372036854775808", "uint64/-1", "int64/1.5", "int64/%2B1",
                       "int64/1%20", "bool/yes", "double/x", "double/nan", "colour/pink", "duration/fast"):
            with self.subTest(target):
                answer = self.ask("/path/" + target)
                self.assertEqual((answer.status, answer.get("content-type")), (400, "application/problem+json"))
                errors = problem(answer)["errors"]
                self.assertEqual([error["parameter"] for error in errors], ["value"])
                self.assertTrue(errors[0]["detail"])
        self.assertIn("green", problem(self.ask("/path/colour/pink"))["errors"][0]["detail"])

    def test_a_query_is_bound_to_a_struct(self):
        answer = self.ask("/query?page=3&text=a+b%26c&ids=1&ids=2&open=true&colour=blue&within=2s")
        self.assertEqual(json.loads(answer.body), {"page": 3, "text": "a b&c", "ids": [1, 2], "open": True,
                                                   "colour": "blue", "within": "2s"})
        self.assertEqual(self.ask_json("/query")["page"], 1)

    def test_all_mistakes_of_a_query_are_told_at_once(self):
        answer = self.ask("/query?page=99&ids=x&colour=pink&within=soon")
        self.assertEqual(answer.status, 400)
        self.assertEqual(sorted(error["parameter"].split("/")[0] for error in problem(answer)["errors"]),
                         ["colour", "ids", "page", "within"])

    def test_headers_are_read_by_type(self):
        self.assertEqual(self.ask_json("/header/text", headers=("x-name: me",))["first"], "me")
        self.assertEqual(self.ask_json("/header/number", headers=("X-Number: 42",))["value"], 42)
        self.assertEqual(self.ask_json("/header/optional")["first"], "none")
        self.assertEqual(self.ask_json("/header/optional", headers=("X-Name: me",))["first"], "me")
        self.assertEqual(self.ask("/header/text").status, 400)
        self.assertEqual(self.ask("/header/number", headers=("X-Number: many",)).status, 400)


class JsonBodies(ServedCase):
    ORDER = {"customer": "Ada", "quantity": 3, "price": 9.5, "express": True, "colour": "green", "note": "ring",
             "addresses": [{"street": "S 1", "city": "C"}], "counts": {"a": 1, "b": 2}}

    def post(self, value, target="/json", **options):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask(target, method="POST", body=body, headers=("Content-Type: application/json",), **options)

    def test_a_body_comes_back_as_it_was_sent(self):
        for target in ("/json", "/json/task"):
            answer = self.post(self.ORDER, target)
            self.assertEqual((answer.status, json.loads(answer.body)), (200, self.ORDER))

    def test_numbers_and_strings_are_exact(self):
        order = dict(self.ORDER, quantity=1000, price=0.1, customer="\"\\/\b\f\n\r\t\u0001äß€😀")
        self.assertEqual(json.loads(self.post(order).body), order)
        self.assertEqual(json.loads(self.post(json.dumps(order, ensure_ascii=False).encode()).body), order)

    def test_all_mistakes_are_told_at_once_with_their_places(self):
        answer = self.post({"customer": "", "quantity": 5000, "price": "x", "colour": "pink", "extra": 1,
                            "addresses": [{"street": "S", "city": "C"}, {"street": 5}]})
        self.assertIn(answer.status, (400, 422))
        pointers = {error["pointer"] for error in problem(answer)["errors"]}
        self.assertLessEqual({"#/customer", "#/quantity", "#/price", "#/colour", "#/extra", "#/addresses/1/street"},
                             pointers)

    def test_broken_json_is_400(self):
        for body in (b"", b"{", b"[]", b'{"customer":"a"} x', b'{"customer":}', b"\xff", b'{"customer":"\xff"}',
                     b'{"customer":"a","customer":"b"}', b"[" * 100_000):
            with self.subTest(body[:30]):
                answer = self.post(body)
                self.assertIn(answer.status, (400, 422))
                self.assertEqual(answer.get("content-type"), "application/problem+json")

    def test_another_media_type_is_415(self):
        answer = self.ask("/json", method="POST", body=b"{}", headers=("Content-Type: text/plain",))
        self.assertEqual(answer.status, 415)
        answer = self.ask("/json", method="POST", body=b'{"customer":"a"}',
                          headers=("Content-Type: application/vnd.own+json; charset=utf-8",))
        self.assertEqual(answer.status, 200)

    def test_path_body_and_request_together(self):
        answer = self.ask("/json/7/blue", method="PUT", body=b'{"customer":"a"}')
        order = json.loads(answer.body)
        self.assertEqual((order["quantity"], order["colour"], order["customer"]), (7, "blue", "aPUT"))


class Results(ServedCase):
    def test_each_result_has_its_status_type_and_body(self):
        thing = b'{"id":7,"name":"thing"}'
        text, jsons = "text/plain; charset=utf-8", "application/json"
        for name, status, media, body in (
                ("struct", 200, jsons, thing), ("task-struct", 200, jsons, thing),
                ("list", 200, jsons, b"[" + thing + b"," + thing + b"]"), ("string", 200, text, b"text"),
                ("view", 200, text, b"text"), ("literal", 200, text, b"text"), ("created", 201, jsons, thing),
                ("accepted", 202, jsons, thing), ("no-content", 204, None, b""), ("void", 204, None, b""),
                ("task-void", 204, None, b""), ("some", 200, jsons, thing), ("status/299", 299, text, b"x"),
                ("none", 404, "application/problem+json", None), ("redirect", 303, None, b""), ("moved", 308, None, b"")):
            with self.subTest(name):
                answer = self.ask("/result/" + name)
                self.assertEqual((answer.status, answer.get("content-type")), (status, media))
                if body is not None:
                    self.assertEqual(answer.body, body)

    def test_locations_are_escaped(self):
        self.assertEqual(self.ask("/result/created").get("location"), "/things/7/a%20b%2Fc")
        self.assertEqual(self.ask("/result/redirect").get("location"), "/result/struct")

    def test_headers_can_be_repeated_and_the_type_replaced(self):
        answer = self.ask("/result/headers")
        self.assertEqual(answer.all("set-cookie"), ["a=1", "b=2"])
        self.assertEqual(answer.get("content-type"), "text/x-own")

    def test_a_status_that_no_answer_can_have_is_the_handlers_mistake(self):
        for code in (0, 99, 100, 101, 199, 1000, -1):
            with self.subTest(code):
                self.assertEqual(self.ask(f"/result/status/{code}").status, 500)

    def test_no_value_can_smuggle_in_a_line_and_framing_is_the_servers(self):
        for target in ("/result/forged-header", "/result/own-length"):
            answer = self.ask(target)
            self.assertEqual(answer.status, 500)
            self.assertIsNone(answer.get("x-b"))


class Failures(ServedCase):
    STATUS = {"invalid_argument": 400, "not_found": 404, "already_exists": 409, "permission_denied": 403,
              "unauthenticated": 401, "resource_exhausted": 429, "aborted": 409, "unavailable": 503,
              "deadline_exceeded": 504, "unimplemented": 501, "internal": 500}

    def test_every_code_becomes_its_status_and_a_problem(self):
        for code, status in self.STATUS.items():
            for prefix in ("/fail/", "/fail/task/"):
                with self.subTest(prefix + code):
                    answer = self.ask(prefix + code)
                    self.assertEqual((answer.status, answer.get("content-type")), (status, "application/problem+json"))
                    said = problem(answer)
                    self.assertEqual(said["status"], status)
                    self.assertRegex(said["trace_id"], "^[0-9a-f]{32}$")
                    self.assertEqual("secret" in said.get("detail", ""), status < 500)

    def test_what_is_thrown_besides_is_500_and_tells_nothing(self):
        for target in ("/fail/exception", "/fail/other"):
            answer = self.ask(target)
            self.assertEqual(answer.status, 500)
            self.assertNotIn(b"secret", answer.body)

    def test_the_log_has_what_the_client_may_not_see(self):
        trace = problem(self.ask("/fail/internal"))["trace_id"]
        line = eventually(lambda: [line for line in self.server.output().splitlines() if trace in line],
                          "a log line with the trace id")
        self.assertIn("secret of internal", line[0])


class FailuresInDebugMode(ServedCase):
    arguments = ("--set", "httpServer.mode=debug")

    def test_the_client_sees_the_cause(self):
        self.assertIn("secret", problem(self.ask("/fail/internal"))["detail"])


class Middleware(ServedCase):
    def test_it_stands_around_its_group_the_first_one_outermost(self):
        for target, trace in (("/around/plain", "ab"), ("/around/inner/plain", "abc"), ("/around/inner/task", "abc"),
                              ("/around/inner/fail", "abc"), ("/result/string", None)):
            with self.subTest(target):
                self.assertEqual(self.ask(target).get("x-trace"), trace)

    def test_it_sees_the_error_that_the_client_will_see(self):
        answer = self.ask("/around/inner/fail")
        self.assertEqual((answer.status, answer.get("content-type")), (404, "application/problem+json"))

    def test_it_may_answer_by_itself(self):
        self.assertEqual(self.ask("/guarded/secret").status, 401)
        self.assertEqual(self.ask("/guarded/secret", headers=("Authorization: Bearer please",)).body, b"secret")

    def test_what_it_throws_becomes_a_problem(self):
        answer = self.ask("/thrower/text")
        self.assertEqual((answer.status, answer.get("content-type")), (409, "application/problem+json"))

    def test_it_may_stand_around_a_stream(self):
        answer = self.ask("/around/stream")
        self.assertEqual((answer.body, answer.get("x-trace")), (b"streamed", "ab"))

    def test_it_may_put_another_answer_in_its_place(self):
        self.assertEqual(self.ask("/changed/text").body, b"[text]")


class Modules(ServedCase):
    arguments = ("--set", "ledger.opening=1000")

    def test_modules_share_what_they_depend_on(self):
        self.assertEqual(self.ask_json("/balance")["balance"], 1000)
        self.assertEqual(self.ask_json("/pay-in", method="POST")["balance"], 1005)
        self.assertEqual(self.ask_json("/balance")["balance"], 1005)

    def test_blocking_work_does_not_hold_a_worker(self):
        self.assertEqual(self.ask("/blocking?time=10ms").body, b"blocked a thread of the pool")

    def test_a_handler_that_holds_its_worker_is_reported(self):
        self.ask("/hold-worker?time=400ms")
        eventually(lambda: "/hold-worker" in self.server.output(), "the watchdog's report")


class Workers(ServedCase):
    arguments = ("--set", "runtime.workers=2")

    def test_connections_are_spread_evenly_over_the_workers(self):
        threads = []
        for _ in range(8):
            connection = self.connect()
            connection.send(b"GET /thread HTTP/1.1\r\nHost: a\r\n\r\n")
            threads.append(connection.response().body)
        counts = [threads.count(thread) for thread in set(threads)]
        self.assertEqual(sorted(counts), [4, 4], threads)

"""The original's body {code, message, data}, from handlers and, where the configuration says so, for every error."""

import json

from harness import ServedCase, exchange

OK = "成功"


class Handlers(ServedCase):
    def test_handlers_answer_with_codes(self):
        for kind, status, body in (
                (0, 200, {"code": 0, "message": OK, "data": {"name": "Ada"}}),
                (1, 200, {"code": 1000102, "message": "资源不存在", "data": None}),
                (2, 400, {"code": 1000202, "message": "token校验失败", "data": None}),
                (3, 200, {"code": 2000001, "message": "sold out", "data": None}),
                (7, 200, {"code": 0, "message": OK, "data": None})):
            answer = self.ask(f"/unified/{kind}")
            self.assertEqual((answer.status, json.loads(answer.body)), (status, body))
        self.assertEqual(self.ask_json("/unified")["code"], 1000106)

    def test_errors_are_problems_unless_the_configuration_says_otherwise(self):
        for target in ("/unified/4", "/unified/5", "/unified/6", "/nowhere"):
            self.assertEqual(self.ask(target).get("content-type"), "application/problem+json")


class Errors(ServedCase):
    arguments = ("--set", "httpServer.errorBody=unified")

    def check(self, answer, status, code):
        self.assertEqual((answer.status, answer.get("content-type")), (status, "application/json"), answer.body)
        body = json.loads(answer.body)
        self.assertEqual((list(body), body["code"]), (["code", "message", "data"], code))
        self.assertTrue(body["message"])
        return body["data"]

    def test_every_error_has_the_shape_and_its_true_status(self):
        for target, status, code in (("/unified/4", 500, 1000001), ("/unified/5", 500, 1000000),
                                     ("/unified/6", 403, 1000108), ("/nowhere", 404, 1000102),
                                     ("/result/none", 404, 1000102), ("/path/int8/x", 400, 1000101)):
            with self.subTest(target):
                data = self.check(self.ask(target), status, code)
                self.assertEqual(data is not None, target == "/path/int8/x")
        self.check(self.ask("/unified", method="PUT"), 405, 1000106)
        self.check(self.ask("/json", method="POST", body=b"{}", headers=("Content-Type: text/plain",)), 415, 1000106)
        self.check(exchange(self.server, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")[0], 400, 1000101)

    def test_what_is_wrong_with_a_content_is_told(self):
        answer = self.ask("/form", method="POST", body=b"quantity=500",
                          headers=("Content-Type: application/x-www-form-urlencoded",))
        data = self.check(answer, 422, 1000101)
        self.assertEqual({error["parameter"] for error in data}, {"customer", "quantity"})

    def test_causes_stay_inside(self):
        for kind in (4, 5):
            answer = self.ask(f"/unified/{kind}")
            self.assertNotIn(b"secret", answer.body)
            self.assertNotIn(b"password", answer.body)

"""The code of docs/resilience.md and docs/pools.md does what the pages say; breakers and limits are seen and set at the ops port."""

import json

from harness import CallingCase, ServedCase, eventually


class OpsCase(ServedCase):
    program = "book"

    def guards(self, kind, module=None):
        guards = self.ask_json("/ops/resilience", port=self.server.ops_port)["guards"]
        return [each for each in guards if each["kind"] == kind and each.get("module") == module]

    def order(self, **order):
        answer = self.ask("/ops/resilience", "POST", body=json.dumps(order).encode(), port=self.server.ops_port)
        return answer.status, json.loads(answer.body)


class Resilience(ServedCase):
    program = "book"

    def test_answers_and_falls_back_when_the_supplier_is_silent(self):
        self.assertEqual(self.ask_json("/supplies/tea"), {"item": "tea", "price": 3})
        self.assertEqual(self.ask_json("/supplies/silence"), {"item": "silence", "price": 100})
        self.assertEqual(self.ask("/supplies/unicorn").status, 404)

    def test_tells_clients_when_to_come_again(self):
        answer = self.ask("/busy")
        self.assertEqual((answer.status, answer.get("retry-after")), (429, "90"))

    def test_the_pool_keeps_connections_but_those_that_were_left_in_the_middle(self):
        before = self.ask_json("/supplier")["opened"]
        for _ in range(20):
            self.assertEqual(self.ask("/supplies/unicorn").status, 404)
        supplier = self.ask_json("/supplier")
        self.assertLessEqual(supplier["opened"] - before, 2)
        self.assertLessEqual(supplier["idle"] + supplier["in_use"], 2)
        self.ask("/supplies/silence")
        self.ask("/supplies/tea")
        self.assertGreater(self.ask_json("/supplier")["opened"], supplier["opened"])

    def test_the_breaker_obeys_the_hand(self):
        self.assertEqual(self.ask("/breaker/open", method="POST").status, 204)
        self.assertEqual(self.ask_json("/supplies/tea"), {"item": "tea", "price": 100})
        self.assertEqual(self.ask_json("/breaker")["phase"], "forced_open")
        self.assertEqual(self.ask("/breaker/reset", method="POST").status, 204)
        self.assertEqual(self.ask_json("/supplies/tea"), {"item": "tea", "price": 3})


class AtTheOpsPort(OpsCase):
    def test_what_a_program_shows_is_listed_with_state_counters_and_options(self):
        self.ask("/supplies/tea")
        breaker, = self.guards("breaker")
        self.assertEqual((breaker["name"], breaker["state"], breaker["options"]["minRequestAmount"]), ("supplier", "closed", 20))
        self.assertGreaterEqual(breaker["calls"], 1)
        self.assertEqual(self.guards("limit")[0]["running"], 0)
        self.assertGreaterEqual(self.guards("hedge")[0]["calls"], 1)
        self.assertEqual(self.guards("retryBudget")[0]["options"]["ratio"], 0.2)

    def test_a_breaker_is_forced_and_let_go_and_the_log_says_by_whom(self):
        status, body = self.order(name="supplier", state="open")
        self.assertEqual((status, body["guards"][0]["state"]), (200, "forced_open"))
        self.assertEqual(self.ask_json("/supplies/tea"), {"item": "tea", "price": 100})
        self.assertGreaterEqual(self.guards("breaker")[0]["refused"], 1)
        self.assertEqual(self.order(name="supplier", state="closed")[1]["guards"][0]["state"], "forced_closed")
        self.assertEqual(self.order(name="supplier", state="auto")[1]["guards"][0]["state"], "closed")
        self.assertEqual(self.ask_json("/supplies/tea"), {"item": "tea", "price": 3})
        for line in ("the breaker supplier is set to open, at the ops port", "ops: POST /ops/resilience asked by 127.0.0.1"):
            eventually(lambda line=line: line in self.server.output(), line)

    def test_options_that_are_named_change_and_the_others_stay(self):
        status, body = self.order(kind="limit", name="supplier", options={"minLimit": 3})
        self.assertEqual((status, body["guards"][0]["options"]["minLimit"], body["guards"][0]["options"]["limit"]), (200, 3, 50))

    def test_what_is_wrong_with_an_order_is_said(self):
        for order, status, word in (({"name": "none", "state": "open"}, 404, "supplier"), ({"name": "supplier", "state": "ajar"}, 400, "auto"),
                                    ({"name": "supplier"}, 400, "options"), ({"kind": "limit", "name": "supplier", "state": "open"}, 400, "breaker"),
                                    ({"kind": "limit", "name": "supplier", "options": {"limit": 0}}, 400, "limit")):
            answered, body = self.order(**order)
            self.assertEqual(answered, status, body)
            self.assertIn(word, json.dumps(body))


class OfAnHttpClient(CallingCase, OpsCase):
    client = {"breaker": {"enabled": True}}

    def test_its_breakers_and_budgets_are_there(self):
        self.assertEqual(self.ask("/offers/tea").status, 200)
        server = f"http://127.0.0.1:{self.called.port}"
        breaker, = self.guards("breaker", "httpClient.prices")
        self.assertEqual((breaker["name"], breaker["state"]), (server, "closed"))
        self.assertEqual([each["name"] for each in self.guards("retryBudget", "httpClient.prices")], [server])
        self.assertEqual(self.order(name=server, module="httpClient.prices", state="open")[0], 200)
        self.assertGreaterEqual(self.ask("/offers/tea").status, 500)
        self.assertEqual(self.order(name=server, state="auto")[0], 200)
        self.assertEqual(self.ask("/offers/tea").status, 200)

"""The code of docs/resilience.md and docs/pools.md does what the pages say."""

from harness import ServedCase


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

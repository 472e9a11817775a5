"""Nacos and Consul as sources of configuration, against fakes written from their published API."""

import unittest
import urllib.parse

from harness import eventually
from harness.centres import Following, follow_once
from harness.stores import FakeConsul, FakeNacos


class Consul(unittest.TestCase):
    def waiting(self, fake, index):
        """Until a query waits behind that index."""
        eventually(lambda: fake.asks and f"index={index}&" in fake.asks[-1].query + "&", f"a query behind {index}")

    def test_a_key_and_its_changes(self):
        with FakeConsul(token="s3cret") as fake:
            fake.put("app/my app.toml", "a = 1")
            address = f"consul://127.0.0.1:{fake.port}/app/my%20app.toml?token=${{TOKEN}}"
            self.assertIn("403", follow_once(address, env={"TOKEN": "wrong"})["error"])
            with Following(address, env={"TOKEN": "s3cret"}) as follower:
                read = follower.next()["documents"][0]
                self.assertEqual((read["source"], read["format"], read["text"]), ("consul:app/my app.toml", "TOML", "a = 1"))
                self.waiting(fake, 11)
                self.assertIn("wait=300s", fake.asks[-1].query)
                fake.put("app/my app.toml", "a = 2")
                self.assertEqual(follower.text(), "a = 2")

    def test_below_a_prefix_are_documents_and_values(self):
        with FakeConsul() as fake:
            fake.put("app/", "")
            fake.put("app/redis/0/password", "x")
            fake.put("app/app.yaml", "a: 1")
            fake.put("apple", "no")
            with Following(f"consul://127.0.0.1:{fake.port}/app/") as follower:
                self.assertEqual([(each["key"], each["text"]) for each in follower.next()["documents"]],
                                 [("", "a: 1"), ("redis.0.password", "x")])
                fake.put("app/house/name", "New House")
                self.assertEqual(len(follower.next()["documents"]), 3)

    def test_a_datacenter(self):
        with FakeConsul() as fake:
            fake.put("app", "a: 1", dc="eu")
            self.assertEqual(follow_once(f"consul://127.0.0.1:{fake.port}/app?dc=eu")["documents"][0]["text"], "a: 1")
            self.assertIn('Consul has no key "app"', follow_once(f"consul://127.0.0.1:{fake.port}/app")["error"])

    def test_an_index_without_news_and_one_that_goes_back(self):
        with FakeConsul() as fake:
            fake.put("app", "a: 1")
            with Following(f"consul://127.0.0.1:{fake.port}/app") as follower:
                self.assertEqual(follower.text(), "a: 1")
                self.waiting(fake, 11)
                fake.touch()
                self.waiting(fake, 12)
                fake.touch(5)
                self.waiting(fake, 5)
                self.assertIn("index=", fake.asks[-1].query)
                self.assertNotIn("index=", fake.asks[-2].query)
                fake.put("app", "a: 2")
                self.assertEqual(follower.text(), "a: 2")

    def test_a_wait_that_is_over(self):
        with FakeConsul() as fake:
            fake.put("app", "a: 1")
            with Following(f"consul://127.0.0.1:{fake.port}/app?wait=1s") as follower:
                self.assertEqual(follower.text(), "a: 1")
                eventually(lambda: len(fake.asks) >= 4, "a few queries", 30)
                fake.put("app", "a: 2")
                self.assertEqual(follower.text(), "a: 2")


class Nacos(unittest.TestCase):
    def listening(self, fake, times=1):
        eventually(lambda: len([ask for ask in fake.asks if ask.path.endswith("/listener")]) >= times, "a listener")

    def test_configurations_and_their_changes(self):
        for version in ("v1", "v2"):
            with FakeNacos() as fake:
                fake.publish("a.yaml", "a: 1\n", tenant="prod")
                fake.publish("b+c.properties", "b=ü\n", tenant="prod")
                address = f"nacos://127.0.0.1:{fake.port}/a.yaml,b%2Bc.properties?namespace=prod&api={version}"
                with Following(address) as follower:
                    read = follower.next()["documents"]
                    self.assertEqual([(each["source"], each["format"], each["text"]) for each in read],
                                     [("nacos:DEFAULT_GROUP/a.yaml", "YAML", "a: 1\n"),
                                      ("nacos:DEFAULT_GROUP/b+c.properties", "properties", "b=ü\n")])
                    self.listening(fake)
                    ask = [ask for ask in fake.asks if ask.path.endswith("/listener")][0]
                    self.assertEqual(ask.headers["Long-Pulling-Timeout"], "30000")
                    self.assertIn("%02", ask.body)
                    fake.publish("b+c.properties", "b=2\n", tenant="prod")
                    self.assertEqual([each["text"] for each in follower.next()["documents"]], ["a: 1\n", "b=2\n"])
                    self.listening(fake, 2)
                    fake.publish("a.yaml", "a: 2\n", tenant="prod")
                    self.assertEqual([each["text"] for each in follower.next()["documents"]], ["a: 2\n", "b=2\n"])

    def test_the_format_is_what_the_server_says_where_no_suffix_does(self):
        with FakeNacos() as fake:
            fake.publish("box-office", '{"a": 1}', kind="json", group="G")
            self.assertEqual(follow_once(f"nacos://127.0.0.1:{fake.port}/box-office?group=G")["documents"][0]["format"], "JSON")
            self.assertIn('no configuration "box-office" in the group "DEFAULT_GROUP"',
                          follow_once(f"nacos://127.0.0.1:{fake.port}/box-office")["error"])
            self.assertIn("names no data id", follow_once(f"nacos://127.0.0.1:{fake.port}")["error"])

    def test_tokens_are_renewed(self):
        with FakeNacos(users={"app": "pass/word"}) as fake:
            fake.publish("a", "a: 1\n")
            address = f"nacos://app:${{PASSWORD}}@127.0.0.1:{fake.port}/a"
            self.assertIn("unknown user", follow_once(address, env={"PASSWORD": "wrong"})["error"])
            with Following(address, env={"PASSWORD": "pass/word"}) as follower:
                self.assertEqual(follower.text(), "a: 1\n")
                self.listening(fake)
                fake.forget_tokens()
                fake.publish("a", "a: 2\n")
                self.assertEqual(follower.text(), "a: 2\n")
            for token in [urllib.parse.parse_qs(ask.query).get("accessToken", [""])[0] for ask in fake.asks]:
                self.assertFalse(token and any(token in line for line in follower.log))

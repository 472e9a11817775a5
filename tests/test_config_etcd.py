"""etcd as a source of configuration: a real cluster whose leader dies, which forgets its past, asks for users and speaks TLS."""

import ssl
import time
import unittest

from harness import Authority, eventually, note, run_once
from harness.centres import Fake, Following, follow_once
from harness.etcd import Etcd
from harness.toxic import Toxiproxy, free_port


class OneNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = Etcd()

    @classmethod
    def tearDownClass(cls):
        cls.etcd.close()

    def test_a_key_is_a_document_and_its_changes_are_seen(self):
        self.etcd.put("/one/app.toml", "a = 1")
        with Following(f"etcd://{self.etcd.hosts}/one/app.toml") as follower:
            read = follower.next()["documents"]
            self.assertEqual([(each["source"], each["format"], each["text"], each["key"]) for each in read],
                             [("etcd:/one/app.toml", "TOML", "a = 1", "")])
            began = time.monotonic()
            self.etcd.put("/one/app.toml", "a = 2")
            self.assertEqual(follower.text(), "a = 2")
            note(f"etcd: {(time.monotonic() - began) * 1000:.0f} ms from a write to the next read")
            self.etcd.put("/one/another", "a = 3")
            self.etcd.put("/one/app.toml", "a = 4")
            self.assertEqual(follower.text(), "a = 4")

    def test_below_a_prefix_are_documents_and_values(self):
        self.etcd.put("/tree/redis/0/password", "secret\n")
        self.etcd.put("/tree/app.yaml", "a: 1")
        self.etcd.put("/treetop", "not below")
        with Following(f"etcd://{self.etcd.hosts}/tree/") as follower:
            read = follower.next()["documents"]
            self.assertEqual([(each["key"], each["text"]) for each in read], [("", "a: 1"), ("redis.0.password", "secret")])
            self.etcd.put("/tree/house/name", "New House")
            self.assertEqual([each["key"] for each in follower.next()["documents"]], ["", "house.name", "redis.0.password"])
            self.etcd.delete("/tree/redis/0/password")
            self.assertEqual([each["key"] for each in follower.next()["documents"]], ["", "house.name"])

    def test_the_address_of_the_original(self):
        self.etcd.put("orig", '{"a": 1}')
        read = follow_once(f"etcd://any?endpoints=127.0.0.1:{free_port()}&endpoints={self.etcd.hosts}&key=orig&user_name=&password=&"
                           "read_timeout_sec=3&with_prefix=false&configType=json")
        self.assertEqual((read["error"], read["documents"][0]["format"]), ("", "JSON"))

    def test_what_is_not_there_is_said(self):
        self.assertIn('etcd has no key "/no/key"', follow_once(f"etcd://{self.etcd.hosts}/no/key")["error"])
        self.assertIn('no key that begins with "/no/"', follow_once(f"etcd://{self.etcd.hosts}/no/")["error"])
        self.assertIn("names no key", follow_once(f"etcd://{self.etcd.hosts}")["error"])
        self.assertIn('did you mean "userName"', follow_once(f"etcd://{self.etcd.hosts}/a?username2=x")["error"])
        code, _, complaint = run_once("tour", "-c", f"etcd://127.0.0.1:{free_port()}/a?user_name=u&password=secret", "--check-config")
        self.assertEqual(code, 1)
        self.assertIn("password=***: POST http://127.0.0.1:", complaint)
        self.assertNotIn("secret", complaint)

    def test_a_key_that_goes_and_comes_back(self):
        self.etcd.put("/gone", "a: 1")
        with Following(f"etcd://{self.etcd.hosts}/gone") as follower:
            self.assertEqual(follower.text(), "a: 1")
            self.etcd.delete("/gone")
            self.assertIn("no key", follower.next()["error"])
            self.etcd.put("/gone", "a: 2")
            follower.becomes("a: 2")

    def test_what_changed_while_the_connection_was_away_is_seen(self):
        self.etcd.put("/away", "a: 1")
        with Toxiproxy() as network:
            link = network.link(self.etcd.nodes[0].port)
            with Following(f"etcd://127.0.0.1:{link.port}/away") as follower:
                self.assertEqual(follower.text(), "a: 1")
                self.etcd.watched()
                with link.down():
                    self.etcd.put("/away", "a: 2")
                follower.becomes("a: 2")
                self.etcd.watched()
                with link.down():  # and the past is forgotten meanwhile
                    for i in range(3, 10):
                        revision = self.etcd.put("/away", f"a: {i}")
                    self.etcd.compact(revision)
                follower.becomes("a: 9")

    def test_a_connection_that_is_dead_without_a_word_is_noticed(self):
        self.etcd.put("/silent", "a: 1")
        with Toxiproxy() as network:
            link = network.link(self.etcd.nodes[0].port)
            with Following(f"etcd://127.0.0.1:{link.port}/silent?silence=300ms") as follower:
                self.assertEqual(follower.text(), "a: 1")
                self.etcd.watched()
                with link.toxic("timeout", timeout=0):  # nothing gets through, nothing is closed
                    self.etcd.put("/silent", "a: 2")
                follower.becomes("a: 2")

    def test_a_compaction_of_what_was_read_loses_nothing(self):
        self.etcd.put("/compacted", "a: 1")
        with Following(f"etcd://{self.etcd.hosts}/compacted?silence=200ms") as follower:
            self.assertEqual(follower.text(), "a: 1")
            self.etcd.watched()
            for _ in range(3):
                revision = self.etcd.put("/something/else", "x")
            reads = 'grpc_server_started_total{grpc_method="Range",grpc_service="etcdserverpb.KV",grpc_type="unary"}'
            before = self.etcd.metric(reads)
            self.etcd.compact(revision)
            # Nobody can say whether anything has changed, so it is read again.
            eventually(lambda: self.etcd.metric(reads) > before, "another read")
            self.etcd.put("/compacted", "a: 2")
            follower.becomes("a: 2")

    def test_every_change_of_many_is_seen_in_the_end(self):
        self.etcd.put("/many", "a: 0")
        with Following(f"etcd://{self.etcd.hosts}/many") as follower:
            follower.text()
            for i in range(200):
                self.etcd.put("/many", f"a: {i}")
            follower.becomes("a: 199")


class ThreeNodes(unittest.TestCase):
    def setUp(self):
        self.etcd = Etcd(3)
        self.addCleanup(self.etcd.close)

    def test_the_leader_is_killed_in_the_middle_of_a_watch(self):
        self.etcd.put("/app", "a: 0")
        with Following(f"etcd://{self.etcd.hosts}/app") as follower:
            follower.text()
            for i in range(1, 4):
                leader = eventually(self.etcd.leader, "a leader", 30)
                leader.kill()
                self.etcd.put("/app", f"a: {i}")
                follower.becomes(f"a: {i}")
                leader.start()
                eventually(leader.is_healthy, "a node that is back", 30)

    def test_a_node_without_its_cluster_is_left(self):
        self.etcd.put("/app", "a: 1")
        alone = self.etcd.nodes[0]
        with Following(f"etcd://127.0.0.1:{alone.port}/app") as follower:
            follower.text()
            for node in self.etcd.nodes[1:]:
                node.kill()
            follower.until(lambda read: read["error"], 30)
            for node in self.etcd.nodes[1:]:
                node.start()
            self.etcd.put("/app", "a: 2")
            follower.becomes("a: 2", 90)


class Users(unittest.TestCase):
    def test_tokens_are_renewed(self):
        with Etcd() as etcd:
            etcd.put("/app/a", "a: 1")
            # Where the cluster has no users yet, a user does no harm.
            self.assertEqual(follow_once(f"etcd://u:x@{etcd.hosts}/app/a")["error"], "")
            etcd.enable_users(app="pass/word")
            address = f"etcd://app:${{PASSWORD}}@{etcd.hosts}/app/a?silence=300ms"
            self.assertIn("authentication failed", follow_once(f"etcd://app:wrong@{etcd.hosts}/app/a")["error"])
            self.assertIn("user name is empty", follow_once(f"etcd://{etcd.hosts}/app/a")["error"])
            self.assertIn("permission denied", follow_once(f"etcd://app:pass%2Fword@{etcd.hosts}/other")["error"])
            with Following(address, env={"PASSWORD": "pass/word"}) as follower:
                self.assertEqual(follower.text(), "a: 1")
                # A node that starts again has forgotten all tokens.
                etcd.nodes[0].kill()
                etcd.nodes[0].start()
                eventually(etcd.nodes[0].is_healthy, "a node that is back", 30)
                etcd.log_in()
                etcd.put("/app/a", "a: 2")
                follower.becomes("a: 2", 90)


class Tls(unittest.TestCase):
    def test_certificates_are_verified(self):
        authority = Authority()
        self.addCleanup(authority.close)
        context = ssl.create_default_context(cafile=str(authority.pem))
        with Etcd(certificate=authority.issue("etcd"), context=context) as etcd:
            etcd.put("/app", "a: 1")
            self.assertIn("certificate", follow_once(f"etcd://{etcd.hosts}/app?tls=true")["error"])
            with Following(f"etcd://{etcd.hosts}/app?ca={authority.pem}") as follower:
                self.assertEqual(follower.text(), "a: 1")
                etcd.put("/app", "a: 2")
                self.assertEqual(follower.text(), "a: 2")


class OldGateway(unittest.TestCase):
    def test_the_path_of_3_3(self):
        def answer(ask):
            if not ask.path.startswith("/v3beta/"):
                return 404, {}, "404 page not found\n"
            return 200, {}, '{"header":{"revision":"2"},"kvs":[{"key":"L2FwcA==","value":"YTogMQ=="}],"count":"1"}'
        with Fake(answer) as fake:
            self.assertEqual(follow_once(f"etcd://127.0.0.1:{fake.port}/app")["documents"][0]["text"], "a: 1")

"""Apollo as a source of configuration: a fake that answers with a real server's bodies, and Apollo's published mock server."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from harness import Program, eventually, need, note, run_once
from harness.apollo import FakeApollo
from harness.centres import Fake, Following, follow_once
from harness.environment import TOOLS
from harness.toxic import free_port


class ApolloCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ngo-apollo-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def fake(self, **options):
        fake = FakeApollo(**options)
        self.addCleanup(fake.stop)
        return fake

    def address(self, fake, **parameters):
        parameters = {"appId": "svc", "cacheDir": self.folder, **parameters}
        return f"apollo://127.0.0.1:{fake.port}?" + urllib.parse.urlencode(parameters)

    def follow(self, fake, **parameters):
        follower = Following(self.address(fake, **parameters))
        self.addCleanup(follower.__exit__)
        return follower

    def once(self, fake, **parameters):
        return follow_once(self.address(fake, **parameters))

    @staticmethod
    def polls(fake, least=1):
        """The polls, once there are so many."""
        eventually(lambda: len([ask for ask in fake.asks if ask.path == "/notifications/v2"]) >= least, f"{least} polls")
        return [dict(urllib.parse.parse_qsl(ask.query)) for ask in fake.asks if ask.path == "/notifications/v2"]


class Reading(ApolloCase):
    def test_namespaces_are_merged_in_the_order_of_their_list(self):
        fake = self.fake()
        fake.publish("application", {"house.name": "Old House", "hall[0].seats": "7", "hall[0].name": "default"})
        fake.publish("app.yaml", {"content": "house: { name: New House }\n"})
        address = self.address(fake, namespaceNames="application.properties,app.yaml")
        code, out, complaint = run_once("tour", "-c", address, "--print-config")
        self.assertEqual(code, 0, complaint)
        self.assertIn("name: New House  # apollo:svc/default/app.yaml:1:16", out)
        self.assertIn("seats: 7  # apollo:svc/default/application:2:", out)
        self.assertEqual([ask.path for ask in fake.asks], ["/configs/svc/default/application", "/configs/svc/default/app.yaml"])

    def test_each_format(self):
        fake = self.fake()
        for namespace, content, wanted in (("a.yml", "a: 1", "YAML"), ("a.json", '{"a":1}', "JSON"), ("a.txt", "a: 1", "YAML")):
            fake.publish(namespace, {"content": content})
            read = self.once(fake, namespaceNames=namespace)["documents"]
            self.assertEqual([(each["format"], each["text"]) for each in read], [(wanted, content)])
        fake.publish("b.txt", {"content": "a = 1"})
        self.assertEqual(self.once(fake, namespaceNames="b.txt", configType="toml")["documents"][0]["format"], "TOML")
        # The original read the key "content" of any namespace.
        fake.publish("application", {"content": "a: 1"})
        self.assertEqual(self.once(fake, configType="yaml")["documents"][0]["text"], "a: 1")
        self.assertEqual(self.once(fake)["documents"][0]["format"], "properties")
        self.assertIn("XML", self.once(fake, namespaceNames="a.xml")["error"])

    def test_names_are_encoded(self):
        fake = self.fake(app="my app/1")
        fake.publish("名 字", {"a": "1"}, cluster="c+d")
        follower = self.follow(fake, appId="my app/1", cluster="c+d", namespaceNames="名 字")
        self.assertEqual(follower.text(), "a=1\n")
        self.polls(fake)
        fake.publish("名 字", {"a": "2"}, cluster="c+d")
        self.assertEqual(follower.text(), "a=2\n")

    def test_a_path_before_the_service(self):
        def answer(ask):
            return 200, {}, json.dumps({"configurations": {"target": ask.target.partition("?")[0]}, "releaseKey": "1"})
        with Fake(answer) as fake:
            read = follow_once(f"apollo://127.0.0.1:{fake.port}/behind/proxy?appId=svc&cacheDir=none")
        self.assertEqual(read["documents"][0]["text"], "target=/behind/proxy/configs/svc/default/application\n")

    def test_what_is_not_published_yet_is_no_mistake(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        follower = self.follow(fake, namespaceNames="application,later.yaml")
        read = follower.next()["documents"]
        self.assertEqual((read[0]["warning"], read[1]["text"]), ("", ""))
        self.assertIn('nothing published in the namespace "later.yaml"', read[1]["warning"])
        self.polls(fake, 2)
        fake.publish("later.yaml", {"content": "b: 1"})
        self.assertEqual(follower.next()["documents"][1]["text"], "b: 1")

    def test_what_is_wrong_with_an_address_is_said(self):
        fake = self.fake()
        self.assertIn('"appId" of the address: it must be there', self.once(fake, appId="")["error"])
        self.assertIn('did you mean "namespaceNames"?', self.once(fake, namespaceName="a")["error"])
        code, _, complaint = run_once("tour", "-c", f"apollo://127.0.0.1:{free_port()}?appId=a&accesskeySecret=hidden&cacheDir=none",
                                      "--check-config")
        self.assertEqual(code, 1)
        self.assertIn("accesskeySecret=***", complaint)
        self.assertNotIn("hidden", complaint)

    def test_access_keys(self):
        fake = self.fake(secret="s3/cr&t")
        fake.publish("app.yaml", {"content": "a: 1"})
        self.assertIn("401; is accesskeySecret right", self.once(fake, namespaceNames="app.yaml")["error"])
        self.assertIn("401", self.once(fake, namespaceNames="app.yaml", accesskeySecret="wrong")["error"])
        follower = self.follow(fake, namespaceNames="app.yaml", accesskeySecret="s3/cr&t", label="x y", ip="10.0.0.1")
        self.assertEqual(follower.text(), "a: 1")
        self.polls(fake, 2)
        fake.publish("app.yaml", {"content": "a: 2"})
        self.assertEqual(follower.text(), "a: 2")

    def test_gray_releases_by_address_and_label(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        fake.publish_gray("application", {"a": "gray"}, ip="10.0.0.7")
        self.assertEqual(self.once(fake)["documents"][0]["text"], "a=1\n")
        self.assertEqual(self.once(fake, ip="10.0.0.7")["documents"][0]["text"], "a=gray\n")
        fake.publish_gray("application", {"a": "labelled"}, label="canary")
        self.assertEqual(self.once(fake, label="canary")["documents"][0]["text"], "a=labelled\n")
        fake.publish("application", {"a": "far"}, cluster="FAR")
        self.assertEqual(self.once(fake, cluster="none", dataCenter="FAR")["documents"][0]["text"], "a=far\n")
        follower = self.follow(fake, ip="10.0.0.9")
        self.assertEqual(follower.text(), "a=1\n")
        self.polls(fake, 2)
        fake.publish_gray("application", {"a": "gray"}, ip="10.0.0.9")
        self.assertEqual(follower.text(), "a=gray\n")


class Watching(ApolloCase):
    def test_a_release_is_seen(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        fake.publish("app.yaml", {"content": "b: 1"})
        follower = self.follow(fake, namespaceNames="application,app.yaml")
        self.assertEqual([each["text"] for each in follower.next()["documents"]], ["a=1\n", "b: 1"])
        asked = self.polls(fake, 2)
        self.assertEqual(json.loads(asked[0]["notifications"]), [{"namespaceName": "application", "notificationId": -1},
                                                                 {"namespaceName": "app.yaml", "notificationId": -1}])
        self.assertEqual(json.loads(asked[1]["notifications"]), [{"namespaceName": "application", "notificationId": 1},
                                                                 {"namespaceName": "app.yaml", "notificationId": 2}])
        self.assertEqual((asked[1]["appId"], asked[1]["cluster"]), ("svc", "default"))
        began = time.monotonic()
        fake.publish("app.yaml", {"content": "b: 2"})
        self.assertEqual([each["text"] for each in follower.next()["documents"]], ["a=1\n", "b: 2"])
        note(f"apollo: {(time.monotonic() - began) * 1000:.0f} ms from a release to the next read")
        ask = [ask for ask in fake.asks if ask.path == "/configs/svc/default/app.yaml"][-1]
        query = dict(urllib.parse.parse_qsl(ask.query))
        self.assertEqual(json.loads(query["messages"]), {"details": {"svc+default+app.yaml": 3}})
        self.assertRegex(query["releaseKey"], "^20261123003940-")
        self.assertEqual(len([ask for ask in fake.asks if ask.path == "/configs/svc/default/application"]), 2)

    def test_what_is_the_same_again_is_no_news(self):
        fake = self.fake(hold=0.05)  # an answer 304 every moment
        fake.publish("application", {"a": "1"})
        follower = self.follow(fake)
        follower.text()
        self.polls(fake, 4)
        fake.publish("application", {"a": "1"})
        self.polls(fake, 6)
        fake.publish("application", {"a": "2"})
        self.assertEqual(follower.text(), "a=2\n")

    def test_changes_alone(self):
        fake = self.fake()
        fake.incremental = True
        fake.publish("application", {"a": "1", "b": "1", "c": "1"})
        follower = self.follow(fake)
        follower.text()
        fake.publish("application", {"a": "1", "b": "2", "d": "3"})
        self.assertEqual(follower.text(), "a=1\nb=2\nd=3\n")

    def test_everything_is_looked_at_again_now_and_then(self):
        fake = self.fake(hold=0.1)
        fake.publish("application", {"a": "1"})
        follower = self.follow(fake, interval="200ms")
        follower.text()
        self.polls(fake, 2)
        key = f"20261123003940-{'0' * 15}f"
        fake.history[key] = {"a": "2"}
        fake.released["default", "application"] = key  # and nobody is told
        self.assertEqual(follower.text(), "a=2\n")

    def test_a_read_that_failed_is_told_of_again(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        follower = self.follow(fake)
        follower.text()
        self.polls(fake, 2)
        fake.failing["/configs/"] = 500
        fake.publish("application", {"a": "2"})
        follower.until(lambda read: read["error"])
        fake.failing.clear()
        follower.becomes("a=2\n")
        known = json.loads(self.polls(fake, 3)[2]["notifications"])
        self.assertEqual(known[0]["notificationId"], 1)

    def test_a_server_that_starts_again(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        follower = self.follow(fake)
        follower.text()
        self.polls(fake, 2)
        for value in ("2", "3"):
            fake.stop()
            fake.publish("application", {"a": value})
            fake.restart()
            follower.becomes(f"a={value}\n")
            self.polls(fake)  # of the server that is new


class Servers(ApolloCase):
    def test_a_meta_server_finds_them(self):
        fake = self.fake(secret="s")
        fake.publish("application", {"a": "1"})
        fake.services = [f"http://127.0.0.1:{free_port()}/", fake.url + "/"]
        for _ in range(4):
            self.assertEqual(self.once(fake, meta="true", accesskeySecret="s", cacheDir="none")["documents"][0]["text"], "a=1\n")
        asked = [ask for ask in fake.asks if ask.path == "/services/config"]
        self.assertEqual(len(asked), 4)
        self.assertEqual(dict(urllib.parse.parse_qsl(asked[0].query))["appId"], "svc")
        self.assertIsNone(asked[0].headers["Authorization"])
        fake.services = []
        self.assertIn("it knows no configuration service", self.once(fake, meta="true", cacheDir="none")["error"])

    def test_they_are_looked_up_again_after_a_failure(self):
        meta, first, second = self.fake(), self.fake(), self.fake()
        meta.services = [first.url]
        first.publish("application", {"a": "1"})
        second.publish("application", {"a": "2"})
        follower = self.follow(meta, meta="true")
        self.assertEqual(follower.text(), "a=1\n")
        self.polls(first, 2)
        meta.services = [second.url]
        first.stop()
        follower.becomes("a=2\n")

    def test_the_next_one_is_asked(self):
        fake = self.fake()
        fake.publish("application", {"a": "1"})
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{fake.port}"
        for _ in range(4):
            self.assertEqual(follow_once(f"apollo://{hosts}?appId=svc&cacheDir=none")["documents"][0]["text"], "a=1\n")


class LastGoodState(ApolloCase):
    def test_it_stands_in_at_the_start(self):
        fake = self.fake(secret="s")
        fake.publish("application", {"house.name": "New House"})
        self.once(fake, accesskeySecret="s")
        file = pathlib.Path(self.folder, ".svc_default")  # where the original keeps its own
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        fake.stop()
        address = self.address(fake, accesskeySecret="s")
        with Program("tour", "-c", address) as tour:
            eventually(lambda: "going on with the last good configuration" in tour.output(), "a warning")
        with Following(address) as follower:
            read = follower.next()["documents"][0]
            self.assertEqual(read["text"], "house.name=New House\n")
            self.assertRegex(read["warning"], r"the last good configuration, \d+s old, of .*/\.svc_default")
            fake.publish("application", {"house.name": "Newest House"})
            fake.restart()
            follower.becomes("house.name=Newest House\n")
        fake.stop()
        self.assertIn("127.0.0.1", self.once(fake, accesskeySecret="s", namespaceNames="other")["error"])  # it is of others

    def test_a_file_of_the_original_is_none_of_ours(self):
        pathlib.Path(self.folder, ".svc_default").write_bytes(b"\x00\xffsomething else")
        fake = self.fake()
        fake.stop()
        self.assertNotEqual(self.once(fake)["error"], "")


def apollo_jars(test):
    """The class path of what Apollo publishes, with our two main programs."""
    home = TOOLS / "apollo-mock"
    if not (home / "classes" / "Client.class").exists():
        test.skipTest("Apollo's jars are missing")
    return f"{home}/classes:{home}/lib/*"


class TheFakeItself(unittest.TestCase):
    def test_apollo_s_own_client_takes_it_for_a_server(self):
        path = apollo_jars(self)
        folder = tempfile.mkdtemp(prefix="ngo-apollo-")
        self.addCleanup(shutil.rmtree, folder, True)
        with FakeApollo(secret="s3cret") as fake:
            fake.publish("application", {"k": "v1"})
            with subprocess.Popen([need("java"), "-Xmx64m", "-XX:+UseSerialGC", "-Dapp.id=svc", f"-Dapollo.meta={fake.url}",
                                   "-Dapollo.access-key.secret=s3cret", f"-Dapollo.cache-dir={folder}", "-cp", path, "Client"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
                self.assertEqual(client.stdout.readline(), b"v1\n")
                fake.publish("application", {"k": "v2"})
                self.assertEqual(client.stdout.readline(), b"v2\n")
                client.stdin.close()


class PublishedMock(unittest.TestCase):
    def test_the_mock_server_of_apollo(self):
        path = apollo_jars(self)
        folder = tempfile.mkdtemp(prefix="ngo-apollo-")
        self.addCleanup(shutil.rmtree, folder, True)
        pathlib.Path(folder, "mockdata-application.properties").write_text("house.name=New House\nkey=with = and \\n\n",
                                                                            encoding="utf-8")
        pathlib.Path(folder, "mockdata-other.properties").write_text("a=b\n", encoding="utf-8")
        with subprocess.Popen([need("java"), "-Xmx64m", "-XX:+UseSerialGC", "-cp", f"{folder}:{path}", "Mock"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as mock:
            port = int(mock.stdout.readline())
            with Following(f"apollo://127.0.0.1:{port}?appId=svc&namespaceNames=application,other&cacheDir=none") as follower:
                read = follower.next()
            mock.stdin.close()
        self.assertEqual(read["error"], "")
        self.assertEqual(read["documents"][1]["text"], "a=b\n")
        self.assertEqual(sorted(read["documents"][0]["text"].splitlines()), ["house.name=New House", "key=with = and \\n"])

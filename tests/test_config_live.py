"""Configuration that changes while a service runs: what is applied, what is refused, and what is told of either."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from harness import Connection, Program, eventually, patience, request

STATE = "state: {{ number: {0}, twin: {0}, text: {1}, password: pw-{0} }}\n"


class LiveCase(unittest.TestCase):
    arguments = ("-w", "true")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ngo-live-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, name="app.yaml"):
        return pathlib.Path(self.folder, name)

    def write(self, text, name="app.yaml"):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def replace(self, text, name="app.yaml"):
        """As editors and deployments do it: whole, under another name, and moved over."""
        os.replace(self.write(text, name + ".tmp"), self.path(name))

    def start(self, *arguments, source=None, **options):
        source = source or str(self.path())
        server = Program("reloaded", "-c", source, *self.arguments, *arguments, **options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.server = server
        return server

    def ask(self, target, method="GET", body=b"", ops=False, headers=()):
        with Connection(("127.0.0.1", self.server.ops_port if ops else self.server.port)) as connection:
            connection.send(request(target, method, ("Connection: close", *headers), body))
            return connection.response(method)

    def look(self, target, **options):
        return json.loads(self.ask(target, **options).body)

    def state(self):
        seen = self.look("/state")
        self.assertEqual(seen["number"], seen["twin"])
        return seen["number"]

    def becomes(self, number):
        eventually(lambda: self.state() == number, f"state.number {number}")

    def reloads(self):
        return self.look("/ops/config", ops=True)["reloads"]

    def logs(self, text):
        eventually(lambda: text in self.server.output(), f"the line with {text!r}")


class Watching(LiveCase):
    def test_a_file_is_followed_however_it_is_changed(self):
        self.write(STATE.format(1, "a"))
        self.start()
        self.assertEqual(self.state(), 1)
        self.write(STATE.format(2, "a"))
        self.becomes(2)
        self.replace(STATE.format(3, "a"))
        self.becomes(3)
        os.rename(self.path(), self.path("app.yaml~"))  # as vim does
        self.write(STATE.format(4, "a"))
        self.becomes(4)
        self.path().unlink()
        self.logs("No such file")
        self.assertEqual(self.state(), 4)
        self.write(STATE.format(5, "a"))
        self.becomes(5)
        with open(self.path(), "w", encoding="utf-8") as file:  # truncated, then filled in pieces
            for piece in STATE.format(6, "a").split(","):
                file.write(piece if piece.startswith("state") else "," + piece)
                file.flush()
                self.assertIn(self.state(), (5, 6))
        self.becomes(6)

    def test_what_is_told_of_a_change(self):
        self.write(STATE.format(1, "a"))
        self.start()
        self.write(STATE.format(2, "b") + "store: { path: /var }\nops: { token: 0123456789abcdef0 }\n")
        self.becomes(2)
        self.logs("the configuration has changed, version 2: state.number: 1 -> 2 (")
        output = self.server.output()
        self.assertIn("store.path: /tmp (the default) -> /var (", output)
        self.assertIn("takes effect at restart", output)
        self.assertIn("state.password: *** -> ***", output)
        for secret in ("pw-1", "pw-2", "0123456789abcdef0"):
            self.assertNotIn(secret, output)
            self.assertNotIn(secret.encode(), self.ask("/ops/config", ops=True).body)
        config = self.look("/ops/config", ops=True)
        self.assertEqual((config["version"], config["watched"]), (2, True))
        self.assertEqual(config["reloads"][0]["result"], "applied")
        effects = {change["key"]: change["effect"] for change in config["reloads"][0]["changes"]}
        self.assertEqual((effects["state.number"], effects["store.path"]), ("live", "restart"))
        number = next(value for value in config["values"] if value["key"] == "state.number")
        self.assertEqual((number["value"], number["default"], number["live"]), ("2", "0", True))
        self.assertIn(b'ngo_config_reloads_total{ngo_config_result="applied"} 1', self.ask("/metrics", ops=True).body)

    def test_what_is_wrong_is_not_applied_and_told_once(self):
        self.write(STATE.format(1, "a"))
        self.start()
        self.write("state: { number: 2, twin: 2, txet: b }\n")
        self.logs('did you mean "text"?')
        self.assertEqual(self.state(), 1)
        self.assertEqual(self.reloads()[0]["result"], "refused")
        self.write("state: { number: 2, twin: 2, text: [\n")
        self.logs("the last good one, version 1, stays")
        self.write("")
        self.logs("has become empty")
        self.assertEqual(self.state(), 1)
        self.write(STATE.format(1, "a"))
        self.logs("the configuration is good again, as it was")
        self.write(STATE.format(3, "a"))
        self.becomes(3)
        self.assertEqual(self.server.output().count('did you mean "text"?'), 1)

    def test_imports_and_profiles_that_appear_and_go(self):
        self.write(STATE.format(1, "a") + "configImports: [ conf.d/*.yaml, optional:more/local.yaml ]\n")
        self.write("state: { text: unused }\n", "app-prod.yaml")
        self.start("-p", "prod")
        self.write(STATE.format(2, "b"), "conf.d/one.yaml")
        self.becomes(2)
        self.write(STATE.format(3, "b"), "more/local.yaml")
        self.becomes(3)
        self.replace(STATE.format(4, "b"), "more/local.yaml")
        self.becomes(4)
        self.path("more/local.yaml").unlink()
        self.becomes(2)
        self.write(STATE.format(5, "b"), "app-prod.yaml")
        self.becomes(5)

    def test_a_secret_file_is_followed(self):
        self.write("a\n", "text")
        self.write("state: { text: '${file:" + str(self.path("text")) + "}' }\n")
        self.start()
        self.assertEqual(self.look("/state")["text"], "a")
        self.replace("b\n", "text")
        eventually(lambda: self.look("/state")["text"] == "b", "the new text")

    def test_a_mounted_directory_is_followed(self):
        def version(number):
            self.write(STATE.format(number, "a"), f"mount/..{number}/app.yaml")
            os.symlink(f"..{number}", self.path("mount/..data_tmp"))
            os.replace(self.path("mount/..data_tmp"), self.path("mount/..data"))

        version(1)
        os.symlink("..data/app.yaml", self.path("mount/app.yaml"))
        self.start(source="k8s://" + str(self.path("mount")))
        self.assertEqual(self.state(), 1)
        for number in range(2, 6):
            version(number)
            self.becomes(number)
        source = self.look("/ops/config", ops=True)["sources"][0]
        self.assertEqual((source["state"], source["changes"]), ("up", 5))
        os.rename(self.path("mount"), self.path("elsewhere"))
        self.logs("is down: cannot read the directory")
        self.assertEqual(self.state(), 5)
        self.assertEqual(self.look("/ops/config", ops=True)["sources"][0]["state"], "down")
        os.rename(self.path("elsewhere"), self.path("mount"))
        self.logs("is up again")


class WithoutWatching(LiveCase):
    arguments = ()

    def reload(self):
        return self.look("/ops/config/reload", method="POST", ops=True)

    def test_a_reload_by_hand(self):
        self.write(STATE.format(1, "a"))
        self.start()
        self.assertEqual(self.reload()["result"], "unchanged")
        self.write(STATE.format(2, "a"))
        outcome = self.reload()
        self.assertEqual((outcome["result"], outcome["version"]), ("applied", 2))
        self.assertEqual(self.state(), 2)
        self.write("state: { number: many }\n")
        outcome = self.reload()
        self.assertEqual((outcome["result"], outcome["version"]), ("refused", 2))
        self.assertIn("state.number: expected a whole number", outcome["problems"][0])
        self.assertEqual(self.state(), 2)

    def test_a_handler_sees_one_configuration_to_its_end(self):
        self.write(STATE.format(1, "a"))
        self.start()
        with Connection(self.server, timeout=patience(60)) as connection:
            connection.send(request("/state/slow?time=1s"))
            eventually(lambda: self.ask("/health/offline", ops=True).get("x-inflight") == "1", "the request")
            self.write(STATE.format(2, "b"))
            self.assertEqual(self.reload()["result"], "applied")
            self.assertEqual(self.state(), 2)
            seen = json.loads(connection.response("GET").body)
        self.assertEqual(seen, {"number": 1, "twin": 1, "text": "a"})

    def test_modules_take_their_options_or_refuse_them(self):
        self.write("store: { size: 5 }\n" + STATE.format(1, "a"))
        self.start()
        self.assertEqual(self.look("/store"), {"size": 5, "number": 1, "told": 0, "told_old": 0})
        self.write("store: { size: 6 }\n" + STATE.format(2, "a"))
        self.assertEqual(self.reload()["result"], "applied")
        self.assertEqual(self.look("/store"), {"size": 6, "number": 2, "told": 1, "told_old": 1})
        for size, result, why in ((13, "refused", "store: 13 does not fit here"),
                                  (14, "failed", "module store: 14 broke")):
            self.write(f"store: {{ size: {size} }}\n" + STATE.format(3, "a"))
            outcome = self.reload()
            self.assertEqual((outcome["result"], outcome["problems"]), (result, [why]))
            self.assertEqual(self.look("/store"), {"size": 6, "number": 2, "told": 1, "told_old": 1})

    def test_the_level_of_the_log(self):
        self.write("log: { level: info }\n")
        self.start()
        self.ask("/log")
        self.write("log: { level: debug }\n")
        self.assertEqual(self.reload()["result"], "applied")
        self.ask("/log")
        self.logs("those who want to know all")
        self.assertEqual(self.server.output().count("those who want to know all"), 1)


if __name__ == "__main__":
    unittest.main()

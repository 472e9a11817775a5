"""Configuration that changes while a service runs: what is applied, what is refused, and what is told of either."""

import contextlib
import json
import os
import pathlib
import random
import shutil
import tempfile
import threading
import time
import unittest

from harness import Connection, Program, eventually, note, patience, request, scaled

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


class WhatChangesLive(LiveCase):
    """Each on a connection that is open all the while, so that old connections see new settings too."""

    arguments = ()

    def setUp(self):
        super().setUp()
        self.write("")
        self.start()
        self.connection = Connection(self.server, timeout=patience(60))
        self.addCleanup(self.connection.close)
        self.again("/big")

    def take(self, text):
        self.write(text)
        outcome = self.look("/ops/config/reload", method="POST", ops=True)
        self.assertEqual((outcome["result"], outcome["problems"]), ("applied", []))
        self.assertEqual({change["effect"] for change in outcome["changes"]}, {"live"}, outcome)
        return outcome

    def again(self, target, method="GET", headers=(), body=b""):
        self.connection.send(request(target, method, headers, body))
        return self.connection.response(method)

    def test_limits_of_size(self):
        body = b"x" * 5000
        self.assertEqual(self.again("/sink", "POST", body=body).body, b"5000")
        self.take("httpServer: { maxBodySize: 4KiB }\n")
        self.assertEqual(self.ask("/sink", "POST", body=body).status, 413)
        self.assertEqual(self.again("/sink", "POST", body=body).status, 413)
        self.take("httpServer: { maxTargetSize: 64 }\n")
        self.assertEqual(self.ask("/sink", "POST", body=body).status, 200)
        self.assertEqual(self.ask("/big?" + "x" * 100).status, 414)

    def test_limits_of_connections(self):
        self.take("httpServer: { maxConnections: 1 }\n")
        with contextlib.closing(Connection(self.server)) as second:
            with contextlib.suppress(OSError):
                second.send(request("/big"))
            with self.assertRaises(EOFError):
                second.response("GET")
        self.assertEqual(self.again("/big").status, 200)
        self.take("# nothing\n")
        self.assertEqual(self.ask("/big").status, 200)

    def test_time_outs(self):
        self.take("httpServer: { requestTimeout: 50ms }\n")
        self.assertEqual(self.again("/wait?time=1h").status, 504)
        self.take("httpServer: { requestTimeout: 50s, idleTimeout: 1ms }\n")
        self.assertEqual(self.again("/big").status, 200)
        eventually(lambda: not self.connection._fill(), "the end of the idle connection")

    def test_middleware(self):
        self.assertIsNone(self.again("/big").get("x-request-id"))
        self.take("httpServer: { middlewares: { requestId: {}, securityHeaders: {}, cors: { origins: [ 'https://a.example' ] } } }\n")
        answer = self.again("/big", headers=("Origin: https://a.example",))
        self.assertTrue(answer.get("x-request-id"))
        self.assertEqual(answer.get("x-content-type-options"), "nosniff")
        self.assertEqual(answer.get("access-control-allow-origin"), "https://a.example")
        self.take("httpServer: { middlewares: { serverTiming: {}, maintenance: { enabled: true } } }\n")
        answer = self.again("/big")
        self.assertEqual((answer.status, answer.get("x-request-id")), (503, None))
        self.take("# nothing\n")
        self.assertEqual(self.again("/big").status, 200)

    def test_the_access_log(self):
        log = "httpServer: {{ middlewares: {{ accessLog: {{ noFile: false, path: {0}, fileName: access.log, pattern: '{1}' }} }} }}\n"
        self.take(log.format(self.folder, "first %U"))
        self.assertEqual(self.again("/big").status, 200)
        path = self.path("access.log")
        eventually(lambda: path.exists() and "first /big" in path.read_text(encoding="utf-8"), "the line")
        self.take(log.format(self.folder, "second %U"))
        self.assertEqual(self.again("/big").status, 200)
        eventually(lambda: "second /big" in path.read_text(encoding="utf-8"), "the line in its new form")
        self.take("# nothing\n")
        self.assertEqual(self.again("/log").status, 200)
        self.assertNotIn("/log", path.read_text(encoding="utf-8"))

    def test_metrics_of_requests(self):
        self.take("httpServer: { middlewares: { urlMetrics: { enabled: false } } }\n")
        self.again("/log")
        self.assertNotIn(b'http_route="/log"', self.ask("/metrics", ops=True).body)
        self.take("# nothing\n")
        self.again("/log")
        self.assertIn(b'http_route="/log"', self.ask("/metrics", ops=True).body)

    def test_compression(self):
        zipped = ("Accept-Encoding: gzip",)
        self.assertIsNone(self.again("/big", headers=zipped).get("content-encoding"))
        self.take("httpServer: { compression: { enabled: true } }\n")
        self.assertEqual(self.again("/big", headers=zipped).get("content-encoding"), "gzip")
        self.write("httpServer: { compression: { codings: [ rar ] } }\n")
        outcome = self.look("/ops/config/reload", method="POST", ops=True)
        self.assertEqual(outcome["result"], "refused")
        self.assertIn('there is no coding "rar"', outcome["problems"][0])

    def test_sampling(self):
        self.take("tracing: { sampling: { ratio: 1 } }\n")
        self.assertEqual(self.look("/ops/tracing", ops=True)["ratio"], 1)
        self.again("/log")
        eventually(lambda: self.look("/ops/tracing", ops=True)["keptSampled"] > 0, "a trace that is kept")
        self.take("tracing: { sampling: { routes: [ { route: /log, ratio: 0 } ] } }\n")
        self.assertEqual(self.look("/ops/tracing", ops=True)["routes"][0]["route"], "/log")

    def test_the_pool_and_the_time_outs_of_the_client(self):
        self.take("httpClient: { maxConnsPerHost: 1 }\n")
        own = f"http://127.0.0.1:{self.server.port}"
        with Connection(self.server, timeout=patience(60)) as held:
            held.send(request(f"/call?url={own}/wait?time=1h"))
            eventually(lambda: self.look("/state/held")["held"] > 0, "the call that waits")
            self.assertGreaterEqual(self.ask(f"/call?url={own}/big").status, 500)
            self.take("httpClient: { maxConnsPerHost: 2 }\n")
            self.assertEqual(self.ask(f"/call?url={own}/big").status, 200)
            self.take("httpClient: { maxConnsPerHost: 8, timeout: 50ms }\n")
            self.assertGreaterEqual(self.ask(f"/call?url={own}/wait?time=1h").status, 500)
            self.take("httpClient: { maxResponseBodySize: 1KiB }\n")
            self.assertGreaterEqual(self.ask(f"/call?url={own}/big").status, 500)

    def test_shutdown(self):
        self.take("httpServer: { shutdownTimeout: 1ms }\n")
        self.connection.send(request("/wait?time=1h"))
        eventually(lambda: self.look("/state/held")["held"] > 0, "the request that waits")
        self.server.stop()
        self.assertIn("1 requests did not end in time", self.server.output())

    def test_what_does_not_change_is_kept(self):
        self.write("httpServer: { http2: { enabled: false }, middlewares: { maintenance: { message: closed } } }\n")
        outcome = self.look("/ops/config/reload", method="POST", ops=True)
        self.assertEqual({change["effect"] for change in outcome["changes"]}, {"restart"})
        self.assertEqual(self.again("/big").status, 200)
        answer = self.look("/actuator/configprops", ops=True)
        server = answer["contexts"]["application"]["beans"]["httpServer"]["properties"]
        self.assertTrue(server["http2"]["enabled"])


class UnderLoad(LiveCase):
    EDITS = 10_000

    def edit(self, chance, number):
        """One thing that somebody might do to the files of a service that runs."""
        state = STATE.format(number, "a")
        more = chance.choice(("", f"httpServer: {{ requestTimeout: {chance.randint(20, 60)}s }}\n",
                              "httpServer: { middlewares: { requestId: {}, securityHeaders: {} } }\n",
                              "httpServer: { middlewares: { cors: { origins: [ 'https://a.example' ] } }, maxHeaders: 200 }\n",
                              f"httpClient: {{ maxConnsPerHost: {chance.randint(1, 99)} }}\n",
                              f"tracing: {{ sampling: {{ ratio: 0.{chance.randint(0, 9)} }} }}\n",
                              f"store: {{ size: {chance.randint(1, 20)} }}\n", "log: { level: warn }\n"))
        whole = "configImports: [ conf.d/*.yaml ]\n" + state + more
        kind = chance.randrange(8)
        if kind < 2:
            self.write(whole)
        elif kind < 4:
            self.replace(whole)
        elif kind == 4:  # half of it
            self.write(whole[:chance.randrange(len(whole))])
        elif kind == 5:
            with contextlib.suppress(FileNotFoundError):
                chance.choice((os.unlink, lambda path: os.truncate(path, 0)))(self.path())
        elif kind == 6:
            self.replace(chance.choice(("state: { text: b }\n", "state: [\n", "")), f"conf.d/{chance.randrange(3)}.yaml")
        else:
            with contextlib.suppress(FileNotFoundError):
                self.path(f"conf.d/{chance.randrange(3)}.yaml").unlink()

    def settle(self, number):
        shutil.rmtree(self.path("conf.d"), True)
        self.replace("configImports: [ conf.d/*.yaml ]\n" + STATE.format(number, "end"))
        self.becomes(number)

    def load(self, target, end, faults, count):
        try:
            with Connection(self.server, timeout=60) as connection:
                while not end.is_set():
                    connection.send(request(target))
                    answer = connection.response("GET")
                    seen = json.loads(answer.body)
                    if answer.status != 200 or seen["number"] != seen["twin"]:
                        faults.append(f"{target}: {answer.status} {answer.body}")
                    count.append(1)
        except (OSError, EOFError, AssertionError) as error:
            faults.append(f"{target}: {error!r}")

    def test_ten_thousand_edits_lose_no_request(self):
        seed = random.randrange(1 << 32)
        note(f"seed {seed}")
        chance = random.Random(seed)
        self.write("configImports: [ conf.d/*.yaml ]\n" + STATE.format(1, "a"))
        server = self.start("--set", "tracing.memory.size=0")  # which fills up under load
        end, faults, count = threading.Event(), [], []
        loads = [threading.Thread(target=self.load, args=(target, end, faults, count))
                 for target in ("/state", "/state", "/state/slow?time=1ms", "/state/slow?time=20ms")]
        for each in loads:
            each.start()
        try:
            number, edits, early, wanted = 1, 0, None, scaled(self.EDITS)
            # On a machine that has much else to do there are fewer.
            stop_at = time.monotonic() + 30
            while edits < wanted and not faults and time.monotonic() < stop_at:
                for _ in range(chance.randint(1, 60)):
                    number += 1
                    edits += 1
                    self.edit(chance, number)
                number += 1
                self.settle(number)
                if early is None and (edits > wanted / 4 or time.monotonic() > stop_at - 25):
                    early = (server.resident_kib(), server.descriptors())
            late = (server.resident_kib(), server.descriptors())
        finally:
            end.set()
            for each in loads:
                each.join()
        self.assertEqual(faults[:3], [])
        self.assertGreater(len(count), 100)
        config = self.look("/ops/config", ops=True)
        note(f"{edits} edits, {config['version']} versions, {len(count)} requests, {early[0]} then {late[0]} KiB, "
             f"{early[1]} then {late[1]} descriptors")
        self.assertLessEqual(late[1], early[1] + 8)
        if wanted == self.EDITS:  # a sanitizer keeps what was freed
            self.assertLess(late[0], early[0] + 16 * 1024)


if __name__ == "__main__":
    unittest.main()

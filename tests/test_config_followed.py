"""A service that follows a centre: from a change there to its effect, down and up again, nothing secret shown."""

import time

from harness import eventually, note
from harness.apollo import FakeApollo
from harness.etcd import Etcd
from test_config_live import STATE, LiveCase


class FollowedCentre(LiveCase):
    def followed(self, what, publish):
        """Twenty changes, one after the other, each seen by a handler."""
        slowest = 0.0
        for number in range(2, 22):
            began = time.monotonic()
            publish(number)
            self.becomes(number)
            slowest = max(slowest, time.monotonic() - began)
        note(f"{what}: {slowest * 1000:.0f} ms at most from a change to its effect on a handler, of 20")

    def source(self):
        source, = self.look("/ops/config", ops=True)["sources"]
        return source

    def test_etcd(self):
        with Etcd() as etcd:
            etcd.put("/app.yaml", STATE.format(1, "a"))
            self.start(source=f"etcd://{etcd.hosts}/app.yaml")
            self.assertEqual(self.state(), 1)
            etcd.watched()
            self.followed("etcd", lambda number: etcd.put("/app.yaml", STATE.format(number, "a")))
            etcd.put("/app.yaml", "state: { numbr: 22 }\n")
            eventually(lambda: 'did you mean "number"?' in self.server.output(), "a word about the mistake")
            self.assertIn("etcd:/app.yaml:1:10", self.server.output())
            self.assertEqual(self.state(), 21)
            etcd.nodes[0].kill()
            eventually(lambda: self.source()["state"] == "down", "a source that is down")
            self.assertEqual(self.state(), 21)
            etcd.nodes[0].start()
            etcd.put("/app.yaml", STATE.format(22, "a"))
            self.becomes(22)
            self.assertEqual(self.source()["state"], "up")

    def test_apollo(self):
        with FakeApollo(secret="s3cret") as apollo:
            def publish(number):
                apollo.publish("application", {"state.number": str(number), "state.twin": str(number)})
            publish(1)
            self.start(source=f"apollo://127.0.0.1:{apollo.port}?appId=svc&cacheDir={self.folder}&accesskeySecret=s3cret")
            self.assertEqual(self.state(), 1)
            eventually(lambda: len([ask for ask in apollo.asks if ask.path == "/notifications/v2"]) >= 2, "a poll that waits")
            self.followed("Apollo", publish)
            shown = self.ask("/ops/config", ops=True).body.decode()
            self.assertIn("accesskeySecret=***", shown)
            self.assertNotIn("s3cret", shown + self.server.output())
            apollo.stop()
            eventually(lambda: self.source()["state"] == "down", "a source that is down")
            publish(22)
            apollo.restart()
            self.becomes(22)
            self.assertEqual(list(self.path(".").glob(".svc_default*")), [self.path(".svc_default")])

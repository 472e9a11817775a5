"""A stand-in for Apollo, which its own Java client takes for a server (test_config_apollo.py)."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.parse

from .centres import Fake


class FakeApollo:
    """Apollo's configuration and meta service, which answers with the bodies of a real one (2.3.0). Publish with `publish()`."""

    def __init__(self, app="svc", secret=None, hold=60.0):
        self.app, self.secret, self.hold = app, secret, hold
        self.incremental = False
        self.failing = {}  # part of a path: status
        self.services = None
        self.released, self.history, self.gray, self.ids = {}, {}, {}, {}
        self.news = threading.Condition()
        self.server = Fake(self.answer)
        self.port = self.server.port

    @property
    def url(self):
        return self.server.url

    @property
    def asks(self):
        return self.server.asks

    def publish(self, namespace, configurations, cluster="default"):
        with self.news:
            key = f"20261123003940-{secrets.token_hex(8)}"
            self.history[key] = configurations
            self.released[cluster, namespace] = key
            self.ids[cluster, namespace] = max(self.ids.values(), default=0) + 1
            self.news.notify_all()

    def publish_gray(self, namespace, configurations, ip=None, label=None):
        with self.news:
            key = f"20261123003940-{secrets.token_hex(8)}"
            self.history[key] = configurations
            self.gray[namespace] = (key, ip, label)
            self.ids["default", namespace] = max(self.ids.values(), default=0) + 1
            self.news.notify_all()

    def restart(self):
        """Whoever waits is cut off; everything is known as before."""
        self.stop()
        self.server = Fake(self.answer, port=self.port)

    def stop(self):
        self.server.close()
        with self.news:  # who waits may go
            self.era += 1
            self.news.notify_all()

    era = 0

    def _signed(self, ask):
        stamp, given = ask.headers["Timestamp"], ask.headers["Authorization"]
        if stamp is None or abs(time.time() * 1000 - int(stamp)) > 60_000:
            return False
        right = hmac.new(self.secret.encode(), f"{stamp}\n{ask.target}".encode(), hashlib.sha1).digest()
        return given == f"Apollo {self.app}:{base64.b64encode(right).decode()}"

    def answer(self, ask):
        query = dict(urllib.parse.parse_qsl(ask.query, keep_blank_values=True, strict_parsing=bool(ask.query)))
        for part, status in list(self.failing.items()):
            if part in ask.path:
                return self._error(ask, status)
        if ask.path == "/services/config":
            url = self.server.url + "/"
            found = self.services if self.services is not None else [url]
            return 200, {}, json.dumps([{"appName": "apollo-configservice", "instanceId": each, "homepageUrl": each} for each in found])
        if self.secret is not None and not self._signed(ask):
            return self._error(ask, 401)
        if ask.path == "/notifications/v2":
            return self._poll(ask, query)
        return self._configuration(ask, query)

    @staticmethod
    def _error(ask, status):
        return status, {"Content-Type": "application/json"}, json.dumps(
            {"timestamp": "2026-11-23T00:39:40.000+0000", "status": status, "error": "error", "path": ask.path})

    def _release(self, cluster, namespace, query):
        key, ip, label = self.gray.get(namespace, (None, None, None))
        if key and (query.get("ip") == ip if ip else query.get("label") == label):
            return cluster, key
        for each in (cluster, query.get("dataCenter"), "default"):
            if (each, namespace) in self.released:
                return each, self.released[each, namespace]
        return None, None

    def _configuration(self, ask, query):
        _, kind, app, cluster, namespace = [urllib.parse.unquote(each) for each in ask.path.split("/")]
        found, key = self._release(cluster, namespace, query)
        if kind != "configs" or app != self.app or key is None:
            return self._error(ask, 404)
        known = query.get("releaseKey")
        if known == key:
            return 304, {}, ""
        body = {"appId": app, "cluster": found, "namespaceName": namespace, "releaseKey": key}
        if self.incremental and known in self.history:
            before, after = self.history[known], self.history[key]
            body["configSyncType"] = "IncrementalSync"
            body["configurationChanges"] = [
                {"key": name, "newValue": after.get(name), "configurationChangeType":
                    "DELETED" if name not in after else "MODIFIED" if name in before else "ADDED"}
                for name in {**before, **after} if before.get(name) != after.get(name)]
        else:
            body["configurations"] = self.history[key]
        return 200, {"Content-Type": "application/json"}, json.dumps(body)

    def _poll(self, ask, query):
        try:
            asked = [(each["namespaceName"], each["notificationId"]) for each in json.loads(query["notifications"])]
        except (KeyError, ValueError, TypeError):
            asked = []
        if not asked or query.get("appId") != self.app:
            return self._error(ask, 400)
        cluster = query["cluster"]
        end = time.monotonic() + self.hold
        with self.news:
            era = self.era
            while True:
                told = []
                for name, known in asked:
                    current = self.ids.get((cluster, name), self.ids.get(("default", name)))
                    if current is not None and current != known:
                        told.append({"namespaceName": name, "notificationId": current,
                                     "messages": {"details": {f"{self.app}+{cluster}+{name}": current}}})
                if told:
                    return 200, {"Content-Type": "application/json"}, json.dumps(told)
                if self.era != era or not self.news.wait(max(0.0, end - time.monotonic())):
                    return 304, {}, ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

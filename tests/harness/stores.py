"""Stand-ins for Consul and Nacos, written from their published APIs."""

import hashlib
import json
import secrets
import threading
import time
import urllib.parse

from .centres import Fake
from .etcd import base64_of


class FakeConsul:
    """Consul's store of keys and values, written from its published API: blocking queries, tokens, datacenters."""

    def __init__(self, token=None):
        self.token, self.index, self.pairs, self.era = token, 10, {}, 0
        self.news = threading.Condition()
        self.server = Fake(self.answer)
        self.port = self.server.port

    @property
    def asks(self):
        return self.server.asks

    def put(self, key, value, dc="dc1"):
        with self.news:
            self.index += 1
            self.pairs[dc, key] = (value, self.index)
            self.news.notify_all()

    def touch(self, index=None):
        """The index moves and nothing changes, as other keys' writes may have it; or it is set, as a restored server does."""
        with self.news:
            self.index = self.index + 1 if index is None else index
            self.era += 1
            self.news.notify_all()

    def answer(self, ask):
        query = dict(urllib.parse.parse_qsl(ask.query, keep_blank_values=True))
        if self.token is not None and ask.headers["X-Consul-Token"] != self.token:
            return 403, {}, "rpc error: Permission denied: token lacks permission 'key:read'"
        key, dc = urllib.parse.unquote(ask.path.removeprefix("/v1/kv/")), query.get("dc", "dc1")

        def found():
            return {name: pair for (where, name), pair in sorted(self.pairs.items())
                    if where == dc and (name.startswith(key) if "recurse" in query else name == key)}
        with self.news:
            waiting = int(query.get("index", 0))
            era, end = self.era, time.monotonic() + float(query.get("wait", "300s").removesuffix("s"))
            while waiting and max([index for _, index in found().values()], default=self.index) <= waiting and era == self.era:
                if not self.news.wait(max(0.0, end - time.monotonic())):
                    break
            all_found, index = found(), self.index
        headers = {"Content-Type": "application/json", "X-Consul-Index": str(index), "X-Consul-KnownLeader": "true"}
        if not all_found:
            return 404, headers, ""
        return 200, headers, json.dumps([{"LockIndex": 0, "Key": name, "Flags": 0, "Value": base64_of(value) if value else None,
                                          "CreateIndex": index, "ModifyIndex": index} for name, (value, index) in all_found.items()])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


class FakeNacos:
    """Nacos' configuration service, written from its published API: version 1 and 2, users, the listener."""

    def __init__(self, users=None):
        self.users, self.tokens, self.texts, self.types = users, set(), {}, {}
        self.news = threading.Condition()
        self.server = Fake(self.answer)
        self.port = self.server.port

    @property
    def asks(self):
        return self.server.asks

    def publish(self, data_id, text, group="DEFAULT_GROUP", tenant="", kind=None):
        with self.news:
            self.texts[data_id, group, tenant] = text
            self.types[data_id, group, tenant] = kind
            self.news.notify_all()

    def forget_tokens(self):
        self.tokens.clear()
        with self.news:
            self.news.notify_all()

    def answer(self, ask):
        query = dict(urllib.parse.parse_qsl(ask.query))
        if ask.path == "/nacos/v1/auth/login":
            form = dict(urllib.parse.parse_qsl(ask.body))
            if self.users.get(form["username"]) != form["password"]:
                return 403, {}, "unknown user!"
            token = secrets.token_urlsafe(12) + "+/="
            self.tokens.add(token)
            return 200, {}, json.dumps({"accessToken": token, "tokenTtl": 18000, "globalAdmin": False})
        if self.users is not None and query.get("accessToken") not in self.tokens:
            return 403, {}, json.dumps({"timestamp": "2026-11-23T00:39:40.000+08:00", "status": 403, "error": "Forbidden",
                                        "message": "token invalid!", "path": ask.path})
        kind = {"/nacos/v1/cs/configs": self._read, "/nacos/v1/cs/configs/listener": self._listen,
                "/nacos/v2/cs/config": self._read_2, "/nacos/v2/cs/config/listener": self._listen_2}.get(ask.path)
        return kind(ask, query) if kind else (404, {}, "no such page")

    def _read(self, _, query):
        name = query["dataId"], query["group"], query.get("tenant", query.get("namespaceId", ""))
        if name not in self.texts:
            return 404, {}, "config data not exist"
        headers = {"Content-Type": "text/plain;charset=UTF-8", "Content-MD5": hashlib.md5(self.texts[name].encode()).hexdigest()}
        return 200, headers | ({"Config-Type": self.types[name]} if self.types[name] else {}), self.texts[name]

    def _read_2(self, ask, query):
        status, _, text = self._read(ask, query)
        body = {"code": 0, "message": "success", "data": text}
        if status != 200:
            body = {"code": 20004, "message": "resource not found", "data": text}
        return status, {"Content-Type": "application/json"}, json.dumps(body)

    def _listen(self, ask, _):
        patience_in_seconds = int(ask.headers["Long-Pulling-Timeout"]) / 1000
        form = dict(urllib.parse.parse_qsl(ask.body))
        asked = [one.split("\x02") for one in form["Listening-Configs"].split("\x01") if one]
        if not asked or any(len(one) not in (3, 4) for one in asked):
            return 400, {}, "invalid probeModify"
        end = time.monotonic() + patience_in_seconds
        with self.news:
            while True:
                changed = []
                for data_id, group, md5, *tenant in asked:
                    text = self.texts.get((data_id, group, "".join(tenant)))
                    if md5 != (hashlib.md5(text.encode()).hexdigest() if text is not None else ""):
                        changed.append("\x02".join([data_id, group, *tenant]) + "\x01")
                left = end - time.monotonic()
                if changed or left <= 0:
                    return 200, {}, urllib.parse.quote("".join(changed)) + "\n" if changed else ""
                self.news.wait(left)

    def _listen_2(self, ask, query):
        status, headers, text = self._listen(ask, query)
        return status, headers, json.dumps({"code": 0, "message": "success", "data": text.strip()})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

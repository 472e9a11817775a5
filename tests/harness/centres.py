"""Centres of configuration: real ones, fakes, and the program `following` that reads them.

    with Fake(answer) as centre, Following(f"http://127.0.0.1:{centre.port}/app.yaml#interval=50ms") as follower:
        follower.next()
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import queue
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from .case import eventually
from .environment import bin_dir, need, patience
from .toxic import free_port


class Following:
    """The program `following` at work; each of its lines is a read."""

    def __init__(self, address, env=None, cwd=None):
        self.process = subprocess.Popen([bin_dir() / "following", address], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=cwd)
        self.lines = queue.Queue()
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode(errors="replace")
            self.log.append(text)
            if text.startswith('{"documents"'):
                self.lines.put(json.loads(text))

    def next(self, within=20.0):
        """The next read."""
        try:
            return self.lines.get(timeout=patience(within))
        except queue.Empty:
            raise AssertionError(f"nothing was read:\n{''.join(self.log)}") from None

    def until(self, good, within=20.0):
        """The first of the next reads that is good."""
        while True:
            read = self.next(within)
            if good(read):
                return read

    def text(self, within=20.0):
        """Of the next read, which must have one document."""
        read = self.next(within)
        if read["error"] or len(read["documents"]) != 1:
            raise AssertionError(f"expected one document, read {read}\n{''.join(self.log)}")
        return read["documents"][0]["text"]

    def becomes(self, text, within=60.0):
        """Until a read is one document with that text, whatever comes before."""
        self.until(lambda read: [each["text"] for each in read["documents"]] == [text], within)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for word in ("Sanitizer", "runtime error:", "Assertion", "terminate called"):
            if any(word in line for line in self.log):
                raise AssertionError(f"following reported:\n{''.join(self.log)}")


def follow_once(address, env=None, cwd=None):
    """What a single read gives."""
    done = subprocess.run([bin_dir() / "following", address, "once"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env={**os.environ, **(env or {})}, cwd=cwd, timeout=patience(60))
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith('{"documents"')]
    if not lines or done.stderr:
        raise AssertionError(f"{done.returncode}: {done.stdout.decode()}\n{done.stderr.decode(errors='replace')}")
    return json.loads(lines[-1])


class Ask:
    """A request as a Fake sees it."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")


class Fake:
    """A server on a free port. `answer(ask)` gives back (status, headers, body), on a thread of the request's own."""

    def __init__(self, answer, port=0, context=None):
        self.asks = []
        fake = self

        self.connections = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                fake.connections.add(self.connection)

            def finish(self):
                fake.connections.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def serve(self):
                size = int(self.headers.get("Content-Length") or 0)
                ask = Ask(self.command, self.path, self.headers, self.rfile.read(size).decode())
                fake.asks.append(ask)
                status, headers, body = answer(ask)
                data = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(data)

            do_GET = do_POST = serve

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # whoever asked has gone

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", port), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """All connections are cut."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _base64(text):
    return base64.b64encode(text.encode()).decode()


class EtcdNode:
    """One member of a cluster; it can be killed and started again."""

    def __init__(self, cluster, number):
        self.cluster, self.name = cluster, f"n{number}"
        self.port, self.peer_port = free_port(), free_port()
        self.folder = os.path.join(cluster.folder, self.name)
        self.process = None

    def start(self):
        scheme = "https" if self.cluster.certificate else "http"
        client, peer = f"{scheme}://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.peer_port}"
        members = ",".join(f"{node.name}=http://127.0.0.1:{node.peer_port}" for node in self.cluster.nodes)
        tls = ["--cert-file", str(self.cluster.certificate[0]), "--key-file", str(self.cluster.certificate[1])] if self.cluster.certificate else []
        with open(self.folder + ".log", "ab") as log:
            self.process = subprocess.Popen(
                [need("etcd"), "--name", self.name, "--data-dir", self.folder, "--listen-client-urls", client,
                 "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", members, "--unsafe-no-fsync", "--heartbeat-interval", "50", "--election-timeout", "500",
                 *tls], stdout=log, stderr=log)

    def ask(self, path, body, headers=None):
        """The answer to a POST of the JSON gateway; OSError where there is none."""
        if self.cluster.context:
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=patience(10), context=self.cluster.context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(10))
        with contextlib.closing(connection):
            try:
                connection.request("POST", "/v3" + path, json.dumps(body), headers or {})
                answer = connection.getresponse()
                said = answer.read()
            except http.client.HTTPException as error:
                raise OSError(str(error)) from error
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status} {said!r}")
        return json.loads(said)

    def is_healthy(self):
        try:
            self.ask("/kv/range", {"key": _base64("health")})
            return True
        except OSError as error:
            return "user name is empty" in str(error)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Etcd:
    """A real cluster on free ports."""

    def __init__(self, size=1, certificate=None, context=None):
        need("etcd")
        self.folder = tempfile.mkdtemp(prefix="ngo-etcd-")
        self.certificate, self.context = certificate, context
        self.headers = {}
        self.nodes = [EtcdNode(self, number) for number in range(size)]
        for node in self.nodes:
            node.start()
        try:
            eventually(lambda: all(node.is_healthy() for node in self.nodes), "a healthy cluster of etcd", 60)
        except AssertionError as error:
            error.add_note(self.log())
            self.close()
            raise

    @property
    def hosts(self):
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def log(self):
        return "".join(pathlib.Path(node.folder + ".log").read_text(errors="replace")[-2000:] for node in self.nodes)

    def ask(self, path, body):
        """Of the first node that answers, for as long as it takes the cluster to have a leader again."""
        def attempt():
            for node in self.nodes:
                if node.process.poll() is None:
                    try:
                        return node.ask(path, body, self.headers)
                    except OSError as error:
                        if "Unauth" in str(error) or " 400 " in str(error):
                            raise AssertionError(str(error)) from error
            return None
        return eventually(attempt, f"an answer of etcd to {path}", 30)

    def put(self, key, value):
        return int(self.ask("/kv/put", {"key": _base64(key), "value": _base64(value)})["header"]["revision"])

    def delete(self, key):
        self.ask("/kv/deleterange", {"key": _base64(key)})

    def compact(self, revision):
        self.ask("/kv/compaction", {"revision": revision, "physical": True})

    def metric(self, name):
        """Summed over the nodes."""
        total = 0.0
        for node in self.nodes:
            with urllib.request.urlopen(f"http://127.0.0.1:{node.port}/metrics", timeout=patience(10)) as answer:
                for line in answer.read().decode().splitlines():
                    total += float(line.rpartition(" ")[2]) if line.rpartition(" ")[0] == name else 0.0
        return total

    def watched(self):
        """Waits until there is one watch."""
        eventually(lambda: self.metric("etcd_debugging_mvcc_watcher_total") == 1, "a single watch")

    def leader(self):
        for node in self.nodes:
            with contextlib.suppress(OSError):
                status = node.ask("/maintenance/status", {})
                if status.get("leader") == status["header"]["member_id"]:
                    return node
        return None

    def enable_users(self, **users):
        """With root, whose password is "rootpw", and others who may read below /app."""
        self.ask("/auth/role/add", {"name": "reader"})
        self.ask("/auth/role/grant", {"name": "reader", "perm": {"permType": "READ", "key": _base64("/app"), "range_end": _base64("/app0")}})
        self.ask("/auth/user/add", {"name": "root", "password": "rootpw"})
        self.ask("/auth/user/grant", {"user": "root", "role": "root"})
        for name, password in users.items():
            self.ask("/auth/user/add", {"name": name, "password": password})
            self.ask("/auth/user/grant", {"user": name, "role": "reader"})
        self.ask("/auth/enable", {})
        self.log_in()

    def log_in(self):
        self.headers = {}
        self.headers = {"Authorization": self.ask("/auth/authenticate", {"name": "root", "password": "rootpw"})["token"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


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
        right = base64.b64encode(hmac.new(self.secret.encode(), f"{stamp}\n{ask.target}".encode(), hashlib.sha1).digest()).decode()
        return given == f"Apollo {self.app}:{right}"

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
        return 200, headers, json.dumps([{"LockIndex": 0, "Key": name, "Flags": 0, "Value": _base64(value) if value else None,
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
        body = {"code": 0, "message": "success", "data": text} if status == 200 else {"code": 20004, "message": "resource not found", "data": text}
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

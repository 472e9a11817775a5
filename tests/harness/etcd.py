"""A real etcd: one node, or a cluster of them, with users and TLS."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

from .case import eventually
from .environment import need, patience
from .toxic import free_port


def base64_of(text):
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
        tls = []
        if self.cluster.certificate:
            tls = ["--cert-file", str(self.cluster.certificate[0]), "--key-file", str(self.cluster.certificate[1])]
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
            self.ask("/kv/range", {"key": base64_of("health")})
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
        return int(self.ask("/kv/put", {"key": base64_of(key), "value": base64_of(value)})["header"]["revision"])

    def delete(self, key):
        self.ask("/kv/deleterange", {"key": base64_of(key)})

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
        below = {"permType": "READ", "key": base64_of("/app"), "range_end": base64_of("/app0")}
        self.ask("/auth/role/grant", {"name": "reader", "perm": below})
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

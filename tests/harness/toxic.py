"""Bad networks: a running toxiproxy between a client and a server of the tests.

    with Toxiproxy() as network:
        link = network.link(server.port)          # link.port leads to the server
        with link.toxic("latency", latency=300):
            ...
"""

import contextlib
import http.client
import json
import socket
import subprocess
import time

from .environment import need, patience


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Link:
    def __init__(self, network, name, port):
        self.network = network
        self.name = name
        self.port = port

    @contextlib.contextmanager
    def toxic(self, kind, stream="downstream", **attributes):
        """`stream`: downstream is what comes from the server. Holds for new pieces of connections that there are, too."""
        self.network.order("POST", f"/proxies/{self.name}/toxics",
                           {"name": kind, "type": kind, "stream": stream, "attributes": attributes})
        try:
            yield self
        finally:
            self.network.order("DELETE", f"/proxies/{self.name}/toxics/{kind}")

    @contextlib.contextmanager
    def down(self):
        """Connections are cut, new ones refused."""
        self.network.order("POST", f"/proxies/{self.name}", {"enabled": False})
        try:
            yield self
        finally:
            self.network.order("POST", f"/proxies/{self.name}", {"enabled": True})


class Toxiproxy:
    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen([need("toxiproxy-server", or_skip=True), "-host", "127.0.0.1", "-port", str(self.port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.links = 0
        deadline = time.monotonic() + patience(20)
        while True:
            try:
                self.order("GET", "/proxies")
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.close()
                    raise AssertionError("toxiproxy does not start") from None
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=patience(10))

    def order(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(10))
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"toxiproxy: {method} {path}: {answer.status} {said.decode(errors='replace')}")
        return json.loads(said) if said else None

    def link(self, port) -> Link:
        self.links += 1
        name = f"link{self.links}"
        made = self.order("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{port}",
                                               "enabled": True})
        return Link(self, name, int(made["listen"].rsplit(":", 1)[1]))

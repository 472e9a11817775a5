"""Bad networks: a running toxiproxy between a client and a server of the tests.

    with Toxiproxy() as network:
        link = network.link(server.port)          # link.port leads to the server
        with link.toxic("latency", latency=300):
            ...
"""

import contextlib

from .environment import free_port, need
from .processes import Backend, answers, ask_json


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


class Toxiproxy(Backend):
    def __init__(self):
        self.port = free_port()
        self.links = 0
        super().__init__([need("toxiproxy-server", or_skip=True), "-host", "127.0.0.1", "-port", str(self.port)],
                         lambda: answers(self.port, "/proxies"))

    def order(self, method, path, body=None):
        return ask_json(self.port, path, method, body)

    def link(self, port) -> Link:
        self.links += 1
        name = f"link{self.links}"
        made = self.order("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{port}",
                                               "enabled": True})
        return Link(self, name, int(made["listen"].rsplit(":", 1)[1]))

"""dnsmasq from the distribution, answering for a few names."""

from .environment import free_port, need
from .processes import Backend, listens


class Dnsmasq(Backend):
    """Answers by UDP and TCP at a port of 127.0.0.1; skips the test where dnsmasq is missing. `records` are options of
    dnsmasq without the dashes: "host-record=db.test,192.0.2.1,60"."""

    def __init__(self, *records, port=None):
        self.port = port or free_port()
        command = [need("dnsmasq"), "--no-daemon", f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces",
                   "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=", "--log-facility=-",
                   "--local=/test/"]
        super().__init__([*command, *(f"--{record}" for record in records)], lambda: listens(self.port), within=10)

    def stop(self):
        self.close()

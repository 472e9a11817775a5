"""dnsmasq from the distribution, answering for a few names."""

import socket
import subprocess
import time

from .environment import need, patience


class Dnsmasq:
    """Answers by UDP and TCP at a port of 127.0.0.1; skips the test where dnsmasq is missing. `records` are options of
    dnsmasq without the dashes: "host-record=db.test,192.0.2.1,60"."""

    def __init__(self, *records, port=None):
        program = need("dnsmasq")
        if port is None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        self.port = port
        command = [program, "--no-daemon", f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces",
                   "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=", "--log-facility=-",
                   "--local=/test/"]
        self._process = subprocess.Popen([*command, *(f"--{record}" for record in records)],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + patience(10)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.stop()
                    raise AssertionError("dnsmasq does not start") from None
                time.sleep(0.01)

    def stop(self):
        self._process.terminate()
        self._process.wait()

"""What the HTTP client of an application does by its configuration alone: retries, circuit breakers, addresses that change."""

import http.server
import json
import threading
import unittest

from harness import Program, ServedCase, eventually
from harness.calling import READ, RESET, RawServer
from harness.environment import free_port
from harness.names import Dnsmasq

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
UNWELL = b"HTTP/1.1 500 Unwell\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def service(**sections):
    return Program("traced", config=json.dumps(sections))


def hop(service_, url):
    with_port = ServedCase()
    with_port.server = service_
    return with_port.ask(f"/hop?to={url}")


class Configured(unittest.TestCase):
    def test_so_many_tries_as_are_configured(self):
        for tries, connections in ((1, 1), (3, 3)):
            client = {"maxIdemponentCallAttempts": tries, "retryBackoff": "1ms"}
            with RawServer([READ, RESET]) as server, service(httpClient=client) as caller:
                self.assertGreaterEqual(hop(caller, server.url()).status, 500)
                self.assertEqual(server.connections, connections)
            with RawServer([READ, RESET], [READ, RESET], [READ, OK]) as server, service(httpClient=client) as caller:
                self.assertEqual(hop(caller, server.url()).status == 200, tries == 3)

    def test_a_breaker_opens_by_its_rule_and_closes_after_a_good_probe(self):
        rule = {"enabled": True, "strategy": "ErrorCount", "threshold": 2, "minRequestAmount": 2, "retryTimeoutMs": 300}
        with RawServer([READ, UNWELL], [READ, UNWELL], [READ, OK]) as server, service(httpClient={"breaker": rule}) as caller:
            for _ in range(2):
                hop(caller, server.url())
            self.assertEqual(server.connections, 2)
            answer = hop(caller, server.url())  # within its 300 ms, or as the probe
            if answer.status != 200:
                self.assertGreaterEqual(answer.status, 500)
            eventually(lambda: hop(caller, server.url()).status == 200, "the good probe")
            self.assertEqual(server.connections, 3)

    def test_an_open_breaker_lets_nothing_through(self):
        rule = {"enabled": True, "strategy": "ErrorRatio", "threshold": 0.5, "minRequestAmount": 3, "retryTimeoutMs": 3_600_000}
        with RawServer([READ, UNWELL]) as server, service(httpClient={"breaker": rule}) as caller:
            for _ in range(10):
                self.assertGreaterEqual(hop(caller, server.url()).status, 500)
            self.assertEqual(server.connections, 3)


class Place:
    """Answers with its name, on connections that it keeps."""

    def __init__(self, host, port):
        name = host.encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((host, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Names(unittest.TestCase):
    def test_calls_follow_a_name_that_moves_although_its_old_server_still_answers(self):
        port = free_port()
        names = Dnsmasq("host-record=place.test,127.0.0.1")
        self.addCleanup(lambda: names.stop())
        dns = {"servers": [f"127.0.0.1:{names.port}"], "minTtl": "0s", "maxTtl": "10ms", "failureTtl": "10ms", "timeout": "300ms"}
        with Place("127.0.0.1", port), Place("127.0.0.2", port), service(dns=dns) as caller:
            def place():
                return hop(caller, f"http://place.test:{port}/").body.split(b"\n")[-1]

            self.assertEqual(place(), b"127.0.0.1")
            names.stop()
            names = Dnsmasq("host-record=place.test,127.0.0.2", port=names.port)
            eventually(lambda: place() == b"127.0.0.2", "calls to the new place")


if __name__ == "__main__":
    unittest.main()

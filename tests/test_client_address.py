"""Who asks, behind proxies: forwarded headers and PROXY headers, from trusted networks only."""

import json
import struct
import subprocess

from harness import ServedCase, exchange
from harness.case import request
from harness.environment import bin_dir
from harness.wire import Connection

V2 = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command=0x21, transport=0x11, content=bytes([192, 0, 2, 1, 198, 51, 100, 7]) + struct.pack("!HH", 4711, 443)):
    return V2 + bytes([command, transport]) + struct.pack("!H", len(content)) + content


class Untrusted(ServedCase):
    def test_forwarded_headers_of_anybody_count_for_nothing(self):
        answer = self.ask_json("/client", headers=("X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6;proto=https",
                                                   "X-Real-IP: 6.6.6.6", "X-Forwarded-Proto: https"))
        self.assertEqual((answer["client"].split(":")[0], answer["scheme"]), ("127.0.0.1", "http"))

    def test_a_proxy_header_is_no_request(self):
        for header in (b"PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n", v2()):
            answers = exchange(self.server, header + request("/client"))
            self.assertEqual([answer.status for answer in answers], [400])


class Trusted(ServedCase):
    arguments = ("--set", "httpServer.trustedProxies=127.0.0.0/8,10.0.0.0/8", "--set",
                 "httpServer.middlewares.accessLog.pattern=%h %a %U", "--set",
                 "httpServer.middlewares.securityHeaders.enabled=true")

    def client(self, *headers):
        answer = self.ask_json("/client", headers=headers)
        return answer["client"].rpartition(":")[0], answer["scheme"]

    def test_the_walk_goes_from_the_right_through_trusted_proxies(self):
        self.assertEqual(self.client("X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.9", "X-Forwarded-Proto: https"),
                         ("192.0.2.1", "https"))
        self.assertEqual(self.client("X-Forwarded-For: nonsense"), ("127.0.0.1", "http"))
        self.assertEqual(self.client(), ("127.0.0.1", "http"))

    def test_headers_that_the_proxies_do_not_write_are_not_believed(self):
        for forged in ("for=6.6.6.6", "for=unknown", "for=192.0.2.1;proto=https", "for=127.0.0.1"):
            for fields, client in ((("X-Forwarded-For: 192.0.2.1",), "192.0.2.1"), ((), "127.0.0.1")):
                got = self.client(*fields, f"Forwarded: {forged}", "X-Real-IP: 6.6.6.6")
                self.assertEqual(got, (client, "http"))

    def test_the_access_log_and_hsts_follow(self):
        answer = self.ask("/client", headers=("X-Forwarded-For: 192.0.2.77", "X-Forwarded-Proto: https"))
        self.assertTrue(answer.get("strict-transport-security"))
        self.assertIsNone(self.ask("/client").get("strict-transport-security"))


class TrustedByTheStandard(Trusted):
    arguments = Trusted.arguments + ("--set", "httpServer.forwardedHeader=forwarded")

    def test_the_walk_goes_from_the_right_through_trusted_proxies(self):
        self.assertEqual(self.client('Forwarded: for="[2001:db8::1]:80";proto=https'), ("[2001:db8::1]", "https"))
        self.assertEqual(self.client("Forwarded: for=6.6.6.6, for=192.0.2.1, for=10.0.0.9"), ("192.0.2.1", "http"))

    def test_headers_that_the_proxies_do_not_write_are_not_believed(self):
        self.assertEqual(self.client("X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https"), ("127.0.0.1", "http"))

    def test_the_access_log_and_hsts_follow(self):
        answer = self.ask("/client", headers=("Forwarded: for=192.0.2.77;proto=https",))
        self.assertTrue(answer.get("strict-transport-security"))


class ProxyProtocol(ServedCase):
    arguments = ("--set", "httpServer.trustedProxies=127.0.0.0/8", "--set", "httpServer.proxyProtocol=true", "--set",
                 "httpServer.headerTimeout=300ms")
    greeting = b"PROXY UNKNOWN\r\n"

    def clients(self, header, bytewise=False):
        data = header + request("/client") + request("/client", headers=("Connection: close",))
        answers = exchange(self.server, data, bytewise=bytewise)
        return [json.loads(answer.body)["client"] for answer in answers]

    def test_every_request_of_the_connection_comes_from_where_the_header_says(self):
        self.assertEqual(self.clients(b"PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n"), ["192.0.2.1:4711"] * 2)
        self.assertEqual(self.clients(b"PROXY TCP6 2001:db8::1 ::1 4711 443\r\n"), ["[2001:db8::1]:4711"] * 2)
        self.assertEqual(self.clients(v2()), ["192.0.2.1:4711"] * 2)
        for header in (b"PROXY UNKNOWN\r\n", v2(command=0x20, content=b"")):
            self.assertTrue(all(client.startswith("127.0.0.1:") for client in self.clients(header)))

    def test_a_header_may_come_byte_by_byte(self):
        for header in (b"PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n", v2()):
            self.assertEqual(self.clients(header, bytewise=True), ["192.0.2.1:4711"] * 2)

    def test_a_balancer_that_forwards_for_another_client_must_be_trusted_itself(self):
        data = (b"PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n" +
                request("/client", headers=("X-Forwarded-For: 6.6.6.6", "Connection: close")))
        self.assertEqual(json.loads(exchange(self.server, data)[0].body)["client"], "192.0.2.1:4711")

    def test_a_connection_without_a_good_header_ends_without_an_answer(self):
        for header in (b"", b"PROXY TCP4 192.0.2.1\r\n", b"PROXY TCP4 " + b"1" * 200, v2(command=0x31),
                       v2(transport=0x21), V2 + b"\x21\x11\xff\xff", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n"):
            with self.subTest(header):
                self.assertEqual(exchange(self.server, header + request("/client")), [])

    def test_a_header_that_does_not_come_in_time_ends_the_connection(self):
        for begun in (b"", b"PROXY TCP4 192.0", V2):
            with Connection(self.server) as connection:
                connection.send(begun)
                self.assertEqual(connection.responses_to_the_end(()), [])


class Configuration(ServedCase):
    def test_mistakes_are_told_at_the_start(self):
        for setting, hint in (("trustedProxies=10.1.2.3/8", "the network is 10.0.0.0/8"), ("trustedProxies=lan", "no network"),
                              ("proxyProtocol=true", "needs trustedProxies")):
            done = subprocess.run([str(bin_dir() / "probe"), "--check-config", "--set", "httpServer." + setting],
                                  capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 1)
            self.assertIn(hint, done.stderr)

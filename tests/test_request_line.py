"""Request line, targets, versions, Host and the limits of a head (RFC 9112 sections 3 and 2.3, RFC 9110 section 7.2)."""

import json

from harness import LAST, ServedCase, exchange, request, split_exchange

# name, bytes, status: refused, and the connection closed.
REFUSED = [
    ("a lower-case HTTP", b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    ("a version without a dot", b"GET / HTTP/11\r\nHost: a\r\n\r\n", 400),
    ("a version of two digits", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
    ("no version", b"GET /\r\nHost: a\r\n\r\n", 400),
    ("a blank behind the version", b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    ("version 2", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("version 0.9", b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("two blanks before the target", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two blanks before the version", b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a tab instead of a blank", b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a blank before the method", b" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two empty lines before the request", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("LF before the request", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a method that is no token", b"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a method too long", b"A" * 100 + b" / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("a blank in the target", b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a target without a slash", request("a"), 400),
    ("a byte beyond ASCII in the target", b"GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a control character in the target", b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a fragment", request("/a#b"), 400),
    ("a broken escape", request("/%zz"), 400),
    ("an escape cut off", request("/%4"), 400),
    ("a broken escape in the query", request("/?a=%4"), 400),
    ("an escaped NUL", request("/%00"), 400),
    ("a dot segment", request("/a/../b"), 400),
    ("an escaped dot segment", request("/a/%2e%2E/b"), 400),
    ("a dot segment between escaped slashes", request("/a%2f..%2fb"), 400),
    ("a dot segment at the end", request("/a/.."), 400),
    ("a quotation mark in the path", request('/"'), 400),
    ("an angle bracket in the path", request("/<"), 400),
    ("a backslash in the path", request("/a\\b"), 400),
    ("the asterisk with GET", request("*"), 400),
    ("host and port with GET", request("a:80"), 400),
    ("a path with CONNECT", request("/", "CONNECT"), 400),
    ("an absolute target with user information", request("http://user@a/"), 400),
    ("an absolute target without a host", request("http:///a"), 400),
    ("an absolute target with a broken port", request("http://a:b/"), 400),
    # Host
    ("no Host", request(host=None), 400),
    ("no Host with an absolute target", request("http://a/", host=None), 400),
    ("two equal Hosts", request(headers=("Host: test",)), 400),
    ("two Hosts", request(headers=("Host: b",)), 400),
    ("two Hosts in HTTP/1.0", request(headers=("Host: b",), version="HTTP/1.0"), 400),
    ("a blank in Host", request(host="a b"), 400),
    ("user information in Host", request(host="user@a"), 400),
    ("a path in Host", request(host="a/b"), 400),
    ("a scheme in Host", request(host="http://a"), 400),
    ("a broken port in Host", request(host="a:b"), 400),
    ("an address without its bracket in Host", request(host="[::1"), 400),
    ("no address in brackets in Host", request(host="[x]"), 400),
    ("a bad Host beside an absolute target", request("http://a/", host="b c"), 400),
    ("an unknown expectation", request(headers=("Expect: 200-maybe",)), 417),
]

# name, bytes, and what /inspect says of it.
INSPECTED = [
    ("origin form", request("/inspect"), {"path": "/inspect", "query": "", "host": "localhost"}),
    ("with a query", request("/inspect?a=1&b=%20"), {"path": "/inspect", "query": "a=1&b=%20"}),
    ("a question mark in the query", request("/inspect?a=?"), {"query": "a=?"}),
    ("an empty query", request("/inspect?"), {"path": "/inspect", "query": ""}),
    ("an escaped letter in the path", request("/%69nspect"), {"path": "/%69nspect"}),
    ("absolute form", request("http://other:81/inspect?x=1"), {"path": "/inspect", "query": "x=1", "host": "other:81"}),
    ("absolute form in capitals", request("HTTP://other/inspect"), {"host": "other"}),
    ("an empty Host", request("/inspect", host=""), {"host": ""}),
    ("a port in Host", request("/inspect", host="a:8080"), {"host": "a:8080"}),
    ("an IPv6 address in Host", request("/inspect", host="[::1]:80"), {"host": "[::1]:80"}),
    ("version 1.2 taken as 1.1", request("/inspect", version="HTTP/1.2"), {"minor_version": 1}),
    ("no Host in HTTP/1.0", request("/inspect", version="HTTP/1.0", host=None, headers=("Connection: keep-alive",)),
     {"minor_version": 0, "host": ""}),
    ("blanks around a value", request("/inspect", headers=("X-A: \t b \t",)),
     {"headers": [{"name": "Host", "value": "localhost"}, {"name": "X-A", "value": "b"}]}),
    ("fields in their order, repeated ones too", request("/inspect", headers=("X-A: 1", "x-a: 2")),
     {"headers": [{"name": "Host", "value": "localhost"}, {"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]}),
]

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class RequestLine(ServedCase):
    program = "echo"

    def test_refuses_every_malformed_line_target_version_and_host(self):
        for name, data, status in REFUSED:
            with self.subTest(name):
                answers = split_exchange(self.server, data + LAST)
                self.assertEqual([answer.status for answer in answers], [status], answers)
                self.assertTrue(answers[0].closes)

    def test_hands_over_what_was_sent(self):
        for name, data, expected in INSPECTED:
            with self.subTest(name):
                answers = split_exchange(self.server, data + LAST)
                self.assertEqual([answer.status for answer in answers], [200, 200], answers)
                seen = json.loads(answers[0].body)
                self.assertEqual({key: seen[key] for key in expected}, expected)

    def test_answers_every_method(self):
        for method in METHODS:
            with self.subTest(method):
                answers = split_exchange(self.server, request("/inspect", method) + LAST)
                self.assertEqual(json.loads(answers[0].body)["method"], method)

    def test_an_unknown_method_is_not_implemented_and_the_connection_goes_on(self):
        for method in ("BREW", "get", "PROPFIND", "GE'T"):
            with self.subTest(method):
                answers = split_exchange(self.server, request("/", method) + LAST)
                self.assertEqual([answer.status for answer in answers], [501, 200])

    def test_connect_is_not_implemented(self):
        answers = exchange(self.server, request("a:80", "CONNECT") + LAST)
        self.assertEqual(answers[0].status, 501)


class HeadLimits(ServedCase):
    program = "echo"
    arguments = ("--set", "httpServer.maxHeaderSize=4KiB", "--set", "httpServer.maxHeaders=20",
                 "--set", "httpServer.maxTargetSize=1KiB", "--set", "httpServer.maxBodySize=10KiB")

    def statuses(self, data):
        return [answer.status for answer in split_exchange(self.server, data + LAST)]

    def test_a_target_may_be_as_long_as_the_limit_and_no_longer(self):
        self.assertEqual(self.statuses(request("/" + "a" * 1023)), [200, 200])
        self.assertEqual(self.statuses(request("/" + "a" * 1024)), [414])
        self.assertEqual(self.statuses(request("/" + "a" * 20_000)), [414])

    def test_a_head_may_be_as_large_as_the_limit_and_no_larger(self):
        room = 4096 - len(request("/", headers=("X: ",)))
        self.assertEqual(self.statuses(request("/", headers=("X: " + "a" * room,))), [200, 200])
        self.assertEqual(self.statuses(request("/", headers=("X: " + "a" * (room + 1),))), [431])
        self.assertEqual(self.statuses(request("/", headers=("X: " + "a" * 20_000,))), [431])
        self.assertEqual(self.statuses(request("/", headers=("a" * 20_000 + ": x",))), [431])

    def test_as_many_fields_as_the_limit_and_no_more(self):
        self.assertEqual(self.statuses(request("/", headers=["X: a"] * 19)), [200, 200])
        self.assertEqual(self.statuses(request("/", headers=["X: a"] * 20)), [431])

    def test_a_body_may_be_as_large_as_the_limit_and_no_larger(self):
        self.assertEqual(self.statuses(request("/", "POST", body=b"a" * 10_240)), [200, 200])
        answers = exchange(self.server, request("/", "POST", body=b"a" * 10_241) + LAST)
        self.assertEqual([answer.status for answer in answers], [413])
        self.assertTrue(answers[0].closes)

    def test_a_chunked_body_over_the_limit_is_cut_off(self):
        coded = b"".join(b"400\r\n" + b"a" * 1024 + b"\r\n" for _ in range(11)) + b"0\r\n\r\n"
        answers = exchange(self.server, request("/", "POST", ("Transfer-Encoding: chunked",), coded) + LAST)
        self.assertEqual([answer.status for answer in answers], [413])

    def test_too_large_a_body_is_refused_before_it_is_sent(self):
        connection = self.connect()
        connection.send(request("/", "POST", ("Content-Length: 1000000",)))
        self.assertEqual(connection.response().status, 413)
        self.assertTrue(connection.closed())

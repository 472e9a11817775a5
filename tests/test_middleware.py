"""The built-in steps around every request, switched on by configuration, with requests as bytes."""

import json
import os
import re
import tempfile
import unittest

from harness import LAST, Connection, Program, ServedCase, eventually, request, run_once, sanitizer

CONFIG = r"""
httpServer:
  middlewares:
    accessLog: {pattern: 'ACCESS %a %u "%r" %>s %b "%{Referer}i" "%{User-agent}i" %{sid}c %{requestId}r'}
    requestId: {enabled: true}
    securityHeaders: {contentSecurityPolicy: "default-src 'none'"}
    serverTiming: {enabled: true}
    cors: {origins: ['https://*.example.com'], credentials: true}
    maintenance: {paths: [/path], addresses: [192.0.2.0/24], retryAfter: 2m}
"""


class StepsCase(ServedCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Program(cls.program, *cls.arguments, config=CONFIG)
        cls.server.__enter__()

    def lines(self):
        return [line for line in self.server.output().splitlines() if line.startswith("ACCESS")]

    def line_of(self, mark):
        """The line of the access log with that text, once it has come."""
        return eventually(lambda: next((line for line in self.lines() if mark in line), None), f"a line with {mark}")


class AccessLog(StepsCase):
    def test_a_line_tells_of_a_request(self):
        self.ask("/path/string/one", headers=("Referer: http://r/", "User-Agent: me", "Cookie: a=b; sid=7",
                                              "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "X-Request-Id: r-1"))
        self.assertRegex(self.line_of("/path/string/one"),
                         r'^ACCESS 127\.0\.0\.1 Aladdin "GET /path/string/one HTTP/1\.1" 200 \d+ "http://r/" "me" 7 r-1$')

    def test_nothing_in_a_request_forges_a_line(self):
        """Bytes of a request, and what must stand in its line. What the parser refuses is a line with "-"."""
        forged = "ACCESS 1.2.3.4 - forged"
        for number, (fields, wanted) in enumerate((
                ((b'User-Agent: a" 200 1 "x',), r'a\" 200 1 \"x'),
                ((b"User-Agent: a\\",), r'"a\\"'),
                ((b"User-Agent: a\tb",), r'a\tb'),
                ((b"User-Agent: \xe2\x80\xa8" + forged.encode(),), r'\xe2\x80\xa8ACCESS'),
                ((b"User-Agent: \xc2\x85" + forged.encode(),), r'\xc2\x85ACCESS'),
                ((b"User-Agent: \x9b31m",), r'\x9b31m'),
                ((b"Cookie: sid=\"a\\\"b",), r'\"a\\\"b'),
                ((b"Authorization: Basic YQpBQ0NFU1M6Yg==",), r' a\nACCESS '),
        )):
            with self.subTest(fields):
                target = f"/forge/{number}"
                connection = self.connect()
                connection.send(b"\r\n".join((f"GET {target} HTTP/1.1".encode(), b"Host: x", *fields, b"", b"")) + LAST)
                self.assertEqual(connection.response().status, 404)
                self.assertIn(wanted, self.line_of(target + " "))
        for target in ("/a%0aACCESS%20forged", "/a?q=\"forged\""):
            self.ask(target)
        self.assertTrue(all(re.match(r"ACCESS 127\.0\.0\.1 ", line) for line in self.lines()), self.lines())

    def test_heads_that_are_none_are_logged_without_their_bytes(self):
        for junk in (b"ACCESS forged\n\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\nACCESS forged\r\n\r\n", b"\x16\x03\x01\x00\x00\r\n\r\n"):
            before = len([line for line in self.lines() if '"-" 400' in line])
            connection = self.connect()
            connection.send(junk)
            self.assertEqual(connection.response().status, 400)
            eventually(lambda: len([line for line in self.lines() if '"-" 400' in line]) > before, "a line")
        self.assertNotIn("forged", "".join(line for line in self.lines() if '"-"' in line))

    def test_a_client_that_goes_away_is_logged_with_499(self):
        connection = self.connect()
        connection.send(request("/never?gone=1"))
        eventually(lambda: self.in_flight() > 0, "the request being in flight")
        connection.close()
        self.assertIn(" 499 - ", self.line_of("gone=1"))

    def test_probes_are_not_logged(self):
        self.ask("/health/check")
        self.ask("/path/string/after")
        self.line_of("/path/string/after")
        self.assertFalse([line for line in self.lines() if "/health" in line])


class AccessLogFile(unittest.TestCase):
    def run_with(self, folder, requests, more=()):
        """Asks that many requests of 300 bytes on one connection and stops the program; gives back the files' lines."""
        settings = ("noFile=false", f"path={folder}/logs", "pattern=%U %{User-agent}i", *more)
        arguments = [part for setting in settings for part in ("--set", f"httpServer.middlewares.accessLog.{setting}")]
        with Program("probe", *arguments) as server:
            with Connection(server) as connection:
                for begin in range(0, requests, 100):
                    connection.send(b"".join(request(f"/{number}", headers=("User-Agent: " + "x" * 280,))
                                             for number in range(begin, begin + 100)))
                    for _ in range(100):
                        self.assertEqual(connection.response().status, 404)
        names = sorted(os.listdir(f"{folder}/logs"))
        lines = []
        for name in names:
            with open(f"{folder}/logs/{name}", encoding="ascii") as file:
                lines += file.read().splitlines()
        return names, lines

    def test_a_stop_loses_no_line(self):
        with tempfile.TemporaryDirectory() as folder:
            names, lines = self.run_with(folder, 300)
            self.assertEqual(names, ["access.log"])
            self.assertEqual(lines, [f"/{number} {'x' * 280}" for number in range(300)])

    def test_files_change_without_a_lost_or_torn_line(self):
        with tempfile.TemporaryDirectory() as folder:
            names, lines = self.run_with(folder, 8000, ("maxSize=1", "fileName=shop.txt"))
            self.assertEqual(len(names), 3, names)
            self.assertRegex(names[0], r"^shop-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.txt$")
            self.assertEqual(lines, [f"/{number} {'x' * 280}" for number in range(8000)])

    def test_a_file_that_cannot_be_made_stops_the_start(self):
        code, output, errors = run_once("probe", "--set", "httpServer.middlewares.accessLog.noFile=false", "--set",
                                   "httpServer.middlewares.accessLog.path=/proc/none", "--set", "ops.port=0", "--set",
                                   "httpServer.port=0")
        self.assertEqual(code, 1)
        self.assertIn("/proc/none", errors + output)


class Heads(StepsCase):
    def test_every_answer_has_them(self):
        for target, status in (("/path/string/x", 200), ("/none", 404), ("/path/int8/x", 400)):
            answer = self.ask(target)
            self.assertEqual(answer.status, status)
            self.assertRegex(answer.get("x-request-id"), "^[0-9a-f]{32}$")
            self.assertRegex(answer.get("server-timing"), r"^total;dur=\d+\.\d{3}$")
            self.assertEqual((answer.get("x-content-type-options"), answer.get("x-frame-options"), answer.get("vary"),
                              answer.get("content-security-policy")), ("nosniff", "DENY", "Origin", "default-src 'none'"))

    def test_a_request_id_brings_in_no_header(self):
        for value in ("a b", "a;b", 'a"b', "a\tb", "x" * 129, "\x80"):
            answer = self.ask("/path/string/x", headers=(f"X-Request-Id: {value}",))
            self.assertRegex(answer.get("x-request-id"), "^[0-9a-f]{32}$")
        self.assertEqual(self.ask("/path/string/x", headers=("X-Request-Id: a-b.c/d=",)).get("x-request-id"), "a-b.c/d=")

    def test_a_problem_carries_the_request_id_as_its_trace(self):
        answer = self.ask("/path/int8/x")
        self.assertEqual(json.loads(answer.body)["trace_id"], answer.get("x-request-id"))


class Origins(StepsCase):
    def preflight(self, target, origin, method="GET", more=()):
        return self.ask(target, method="OPTIONS", headers=(f"Origin: {origin}", f"Access-Control-Request-Method: {method}", *more))

    def test_a_preflight_is_answered_with_the_methods_of_the_address(self):
        answer = self.preflight("/path/string/x", "https://shop.example.com",
                                more=("Access-Control-Request-Headers: content-type,x-a",))
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.get("access-control-allow-origin"), "https://shop.example.com")
        self.assertEqual(answer.get("access-control-allow-methods"), "GET, HEAD, OPTIONS")
        self.assertEqual(answer.get("access-control-allow-headers"), "content-type,x-a")
        self.assertEqual(answer.get("access-control-allow-credentials"), "true")

    def test_a_preflight_passes_by_middleware_that_wants_credentials(self):
        self.assertEqual(self.preflight("/guarded/secret", "https://shop.example.com", "POST").status, 204)
        answer = self.ask("/guarded/secret", headers=("Origin: https://shop.example.com",))
        self.assertEqual((answer.status, answer.get("access-control-allow-origin")), (401, "https://shop.example.com"))

    def test_other_origins_get_nothing(self):
        for origin in ("https://example.com", "http://shop.example.com", "https://shop.example.com.evil.org", "null",
                       "https://evil.org/.example.com", "https://shop.example.com:8443"):
            with self.subTest(origin):
                answer = self.preflight("/path/string/x", origin)
                self.assertEqual((answer.status, answer.get("access-control-allow-origin")), (403, None))
                answer = self.ask("/path/string/x", headers=(f"Origin: {origin}",))
                self.assertEqual((answer.status, answer.get("access-control-allow-origin")), (200, None))


class Maintenance(StepsCase):
    def switch(self, on, **more):
        body = json.dumps({"enabled": on, **more}).encode()
        return self.ask("/maintenance", method="POST", body=body, headers=("Content-Type: application/json",),
                        port=self.server.ops_port)

    def test_it_is_switched_at_the_ops_port(self):
        self.assertEqual(self.ask("/failures/none").status, 404)
        self.assertEqual(json.loads(self.switch(True).body), {"enabled": True, "retryAfter": "2m"})
        try:
            answer = self.ask("/failures/none", method="POST", body=b"x" * 1000)
            self.assertEqual((answer.status, answer.get("retry-after"), answer.get("content-type")),
                             (503, "120", "application/problem+json"))
            self.assertEqual(self.ask("/path/string/x").status, 200)  # an allowed path
            self.assertEqual(self.ask("/pathology").status, 503)
            self.assertEqual(self.ask("/health/check").status, 200)
            self.assertEqual(self.ask_json("/maintenance", port=self.server.ops_port)["enabled"], True)
            self.assertEqual(json.loads(self.switch(True, retryAfter="7s").body)["retryAfter"], "7s")
            self.assertEqual(self.ask("/other").get("retry-after"), "7")
        finally:
            self.switch(False)
        self.assertEqual(self.ask("/other").status, 404)


class Semicolons(StepsCase):
    def test_they_separate_nothing(self):
        self.assertEqual(self.ask_json("/query?text=a;b;c&page=2")["text"], "a;b;c")


class Failures(StepsCase):
    def test_what_nobody_catches_is_500_and_logged_with_its_stack(self):
        answer = self.ask("/fail/exception", headers=("Authorization: Bearer hunter2",))
        self.assertEqual(answer.status, 500)
        self.assertNotIn(b"secret", answer.body)
        trace = json.loads(answer.body)["trace_id"]
        line = eventually(lambda: next((line for line in self.server.output().splitlines()
                                        if trace in line and "[error]" in line), None), "the line of the failure")
        self.assertIn("GET /fail/exception failed: secret", line)
        self.assertNotIn("hunter2", self.server.output())
        if not sanitizer():
            self.assertIn('"stack":"', line)
            self.assertIn("add_failures", line)


class Keys(StepsCase):
    def test_mistakes_are_told_at_the_start(self):
        for setting, wanted in (("accessLog.pattern=%x", "is no directive"), ("cors.credentials=true", "at least one is needed"),
                                ("securityHeaders.frameOptions=ALL", "SAMEORIGIN"), ("maintenance.paths=a", "does not begin with"),
                                ("requestId.header=a b", "is no name of a header"), ("acessLog.enabled=true", "accessLog")):
            with self.subTest(setting):
                code, _, errors = run_once(self.program, "--set", f"httpServer.middlewares.{setting}", "--check-config")
                self.assertEqual(code, 1, errors)
                self.assertIn(wanted, errors)

    def test_keys_of_the_original_that_do_nothing_yet_are_a_warning(self):
        code, _, errors = run_once(self.program, "--set", "httpServer.middlewares.jwtAuth.enabled=true", "--check-config")
        self.assertEqual(code, 0, errors)
        self.assertIn("jwtAuth: not available yet", errors)

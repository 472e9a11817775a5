"""What the HTTP client does beside the bytes of one response: connections and their reuse, retries, redirects, limits of
time, what it sends along, proxies, compressed bodies, Unix sockets."""

import os
import tempfile
import time
import unittest
from email.utils import formatdate

from harness.calling import READ, RESET, STALL, Caller, Pause, RawServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def head(*fields, status="200 OK"):
    return ("\r\n".join((f"HTTP/1.1 {status}", *fields)) + "\r\n\r\n").encode("latin-1")


def empty(*fields, status="200 OK"):
    return head("Content-Length: 0", *fields, status=status)


class Calls(unittest.TestCase):
    def serve(self, *scripts, **options):
        server = RawServer(*scripts, **options)
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def caller(self, **options):
        caller = Caller(**options)
        self.addCleanup(caller.close)
        return caller

    def good(self, answer, body="hi"):
        self.assertEqual((answer.error, answer.status, answer.body), ("", 200, body))
        return answer


class Connections(Calls):
    def test_a_connection_is_used_again(self):
        server = self.serve([READ, OK] * 10)
        caller = self.caller()
        for _ in range(10):
            self.good(caller.call(server.url()))
        self.assertEqual(server.connections, 1)

    def test_a_connection_is_not_used_again_when_the_server_says_so(self):
        for answer in (head("Content-Length: 2", "Connection: close") + b"hi", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                       head("Content-Length: 2", "Keep-Alive: timeout=0") + b"hi", OK + b"HTTP/1.1 200 OK\r\n"):
            with self.subTest(answer=answer):
                server = self.serve([READ, answer, STALL])
                caller = self.caller()
                self.good(caller.call(server.url()))
                self.good(caller.call(server.url()))
                self.assertEqual(server.connections, 2)

    def test_a_keep_alive_hint_is_respected(self):
        server = self.serve([READ, head("Content-Length: 2", "Keep-Alive: timeout=1") + b"hi", STALL])
        caller = self.caller()
        self.good(caller.call(server.url()))
        self.good(caller.call(server.url(), pause="700ms"))
        self.assertEqual(server.connections, 2)

    def test_an_idle_connection_is_closed_after_its_time(self):
        server = self.serve([READ, OK, READ, OK])
        caller = self.caller(maxIdleConnDuration="100ms")
        self.good(caller.call(server.url()))
        self.good(caller.call(server.url(), pause="400ms"))
        self.assertEqual(server.connections, 2)

    def test_bytes_that_nobody_asked_for_are_no_answer(self):
        server = self.serve([READ, OK, Pause(0.1), b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", STALL], [READ, OK])
        caller = self.caller()
        self.good(caller.call(server.url()))
        self.good(caller.call(server.url(), pause="400ms"))
        self.assertEqual(server.connections, 2)

    def test_a_stream_that_is_left_closes_its_connection(self):
        server = self.serve([READ, head("Content-Length: 100") + b"hello", STALL], [READ, OK])
        caller = self.caller()
        self.assertEqual(caller.call(server.url(), streamed=True, abandon=True).body, "hello")
        self.good(caller.call(server.url()))
        self.assertEqual(server.connections, 2)

    def test_a_stream_that_is_read_to_its_end_keeps_it(self):
        server = self.serve([READ, OK] * 2)
        caller = self.caller()
        self.good(caller.call(server.url(), streamed=True))
        self.good(caller.call(server.url(), streamed=True))
        self.assertEqual(server.connections, 1)

    def test_calls_wait_for_a_connection_only_when_told_to(self):
        server = self.serve([READ, Pause(0.2), OK, READ, OK, READ, OK, STALL])
        caller = self.caller(maxConnsPerHost=1)
        answer = caller.call(server.url(), times=3)
        self.assertIn("http:127.0.0.1", answer.error)
        self.assertEqual(answer.code, "unavailable")
        caller = self.caller(maxConnsPerHost=1, maxConnWaitTimeout="5s")
        self.good(caller.call(server.url(), times=3))

    def test_a_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s.sock")
            server = self.serve([READ, OK], path=path)
            self.good(self.caller().call("http+unix://" + path.replace("/", "%2F") + "/x?y=1"))
            self.assertTrue(server.requests[0].startswith(b"GET /x?y=1 HTTP/1.1\r\nHost: localhost\r\n"), server.requests)

    def test_a_server_that_is_not_there(self):
        server = RawServer([])
        server.__exit__()
        answer = self.caller().call(server.url("/x"))
        self.assertEqual(answer.error, f"GET {server.url('/x')}: cannot connect to 127.0.0.1:{server.port}: Connection refused")
        self.assertEqual(answer.code, "unavailable")

    def test_a_name_that_does_not_exist(self):
        answer = self.caller().call("http://does-not-exist.invalid/")
        self.assertEqual(answer.code, "unavailable", answer)
        self.assertIn("does-not-exist.invalid", answer.error)

    def test_localhost(self):
        server = self.serve([READ, OK])
        self.good(self.caller().call(f"http://localhost:{server.port}/"))


class Stale(Calls):
    """The server closes a connection that was used before, just when the next request is sent."""

    def test_an_idempotent_call_is_sent_again(self):
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            with self.subTest(method):
                answer = empty()
                server = self.serve([READ, answer, READ], [READ, answer])
                caller = self.caller(maxIdemponentCallAttempts=1)
                caller.call(server.url(), method=method)
                self.assertEqual(caller.call(server.url(), method=method).status, 200)
                self.assertEqual(server.connections, 2)

    def test_a_post_is_not(self):
        server = self.serve([READ, OK, READ], [READ, OK])
        caller = self.caller()
        self.good(caller.call(server.url(), method="POST", body="x"))
        answer = caller.call(server.url("/x"), method="POST", body="x")
        self.assertEqual(answer.error, f"POST {server.url('/x')}: the server closed the connection before it answered")
        self.assertEqual(server.connections, 1)

    def test_a_post_is_when_it_is_said_to_be_idempotent(self):
        server = self.serve([READ, OK, READ], [READ, OK])
        caller = self.caller()
        self.good(caller.call(server.url(), method="POST", body="x"))
        self.good(caller.call(server.url(), method="POST", body="x", idempotent=True))

    def test_a_connection_that_was_closed_while_idle_is_not_used(self):
        server = self.serve([READ, OK], [READ, OK])
        caller = self.caller()
        self.good(caller.call(server.url(), method="POST", body="x"))
        self.good(caller.call(server.url(), method="POST", body="x", pause="100ms"))

    def test_half_an_answer_is_not_asked_for_again(self):
        server = self.serve([READ, OK, READ, b"HTTP/1.1 200"], [READ, OK])
        caller = self.caller(maxIdemponentCallAttempts=1)
        self.good(caller.call(server.url()))
        self.assertIn("in the middle of the response's head", caller.call(server.url()).error)


class Retries(Calls):
    def test_a_call_that_failed_is_repeated(self):
        server = self.serve([READ, RESET], [READ], [READ, OK])
        answer = self.good(self.caller().call(server.url()))
        self.assertEqual(answer.attempts, 3)

    def test_a_post_is_not_repeated_once_it_was_sent(self):
        server = self.serve([READ, RESET], [READ, OK])
        self.assertIn("Connection reset by peer", self.caller().call(server.url(), method="POST", body="x").error)

    def test_an_unwell_server_is_asked_again(self):
        for status in ("502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout", "429 Too Many Requests"):
            with self.subTest(status):
                server = self.serve([READ, empty(status=status), READ, OK])
                self.assertEqual(self.good(self.caller().call(server.url())).attempts, 2)

    def test_the_last_answer_is_given_back(self):
        server = self.serve([READ, empty(status="503 No")] * 5)
        answer = self.caller().call(server.url(), attempts=2)
        self.assertEqual((answer.error, answer.status, answer.attempts), ("", 503, 2))

    def test_500_is_not_repeated(self):
        server = self.serve([READ, empty(status="500 No")] * 5)
        self.assertEqual(self.caller().call(server.url()).attempts, 1)

    def test_retry_after_is_waited_for(self):
        server = self.serve([READ, empty("Retry-After: 1", status="503 No"), READ, OK])
        answer = self.good(self.caller().call(server.url()))
        self.assertGreaterEqual(answer.took, 990)

    def test_retry_after_may_be_a_date(self):
        then = formatdate(time.time() + 2, usegmt=True)  # whole seconds: at least one from now
        server = self.serve([READ, empty(f"Retry-After: {then}", status="503 No"), READ, OK])
        answer = self.good(self.caller().call(server.url()))
        self.assertGreaterEqual(answer.took, 700)
        long_ago = self.serve([READ, empty("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", status="503 No"), READ, OK])
        self.good(self.caller().call(long_ago.url()))

    def test_retry_after_that_is_too_long_is_not(self):
        for options in ({"maxRetryAfter": "500ms"}, {"timeout": "500ms"}):
            with self.subTest(options):
                server = self.serve([READ, empty("Retry-After: 1", status="503 No"), READ, OK])
                answer = self.caller(**options).call(server.url())
                self.assertEqual(answer.status, 503)
                self.assertLess(answer.took, 900)

    def test_retries_have_a_budget(self):
        server = self.serve([READ, RESET])
        caller = self.caller(retryBudget=0.1, retryBackoff="0ms", ejectAfter=0)
        attempts = 0
        for _ in range(40):
            caller.call(server.url())
        attempts = server.connections
        # 10 to begin with, and one for each ten calls.
        self.assertLessEqual(attempts, 40 + 10 + 4)
        self.assertGreaterEqual(attempts, 40 + 10)

    def test_no_response_in_time_is_asked_for_again(self):
        server = self.serve([READ, STALL], [READ, OK])
        answer = self.good(self.caller().call(server.url(), response_timeout="100ms"))
        self.assertEqual(answer.attempts, 2)


class Redirects(Calls):
    def chain(self, status, method="GET", location="/new", **order):
        server = self.serve([READ, empty(f"Location: {location}", status=status), READ, OK])
        answer = self.good(self.caller().call(server.url("/old"), method=method, **order))
        return server, answer

    def test_the_method_and_the_body(self):
        for status, method, then in (("301 A", "GET", "GET"), ("302 A", "GET", "GET"), ("302 A", "POST", "GET"),
                                     ("301 A", "POST", "GET"), ("302 A", "PUT", "PUT"), ("303 A", "PUT", "GET"),
                                     ("303 A", "POST", "GET"), ("307 A", "POST", "POST"), ("308 A", "PUT", "PUT")):
            with self.subTest(status=status, method=method):
                server, answer = self.chain(status, method, **({} if method == "GET" else {"body": "text"}))
                self.assertEqual((answer.redirects, answer.url), (1, server.url("/new")))
                request = server.requests[1]
                self.assertTrue(request.startswith(f"{then} /new HTTP/1.1\r\n".encode()), request)
                keeps = then == method and method != "GET"
                self.assertEqual(request.endswith(b"\r\n\r\ntext"), keeps, request)
                self.assertEqual(b"Content-Type" in request, keeps, request)

    def test_a_streamed_body_is_streamed_again(self):
        server, _ = self.chain("307 A", "POST", stream_size=25_000)
        self.assertEqual(server.requests[1].count(b"x"), 25_001)  # one in "text"

    def test_relative_locations(self):
        for location, path in (("new", "/a/new"), ("../new", "/new"), ("?q", "/a/old?q"), ("/a b", "/a%20b")):
            with self.subTest(location):
                server = self.serve([READ, empty(f"Location: {location}", status="302 A"), READ, OK])
                self.assertEqual(self.good(self.caller().call(server.url("/a/old"))).url, server.url(path))

    def test_credentials_stay_with_their_origin(self):
        other = self.serve([READ, OK])
        server = self.serve([READ, empty("Location: /here", status="302 A"), READ, empty(f"Location: {other.url('/there')}",
                                                                                         status="302 A")])
        self.good(self.caller().call(server.url(), headers=[{"name": "Authorization", "value": "Bearer secret"},
                                                            {"name": "Cookie", "value": "a=secret"},
                                                            {"name": "Host", "value": "secret.test"},
                                                            {"name": "X-Api-Key", "value": "secret"},
                                                            {"name": "X-Consul-Token", "value": "secret"},
                                                            {"name": "X-Other", "value": "x"}]))
        self.assertEqual(server.requests[1].count(b"secret"), 5)
        self.assertNotIn(b"secret", other.requests[0])
        self.assertIn(b"X-Other: x", other.requests[0])
        self.assertIn(f"Host: 127.0.0.1:{other.port}\r\n".encode(), other.requests[0])
        self.assertEqual(other.requests[0].count(b"Host:"), 1)

    def test_a_redirect_of_a_stream_leaves_nothing_for_the_next_answer(self):
        body = head("Content-Length: 5", "Location: /new", status="302 A")
        server = self.serve([READ, body, Pause(0.1), b"later", READ, OK], [READ, OK])
        self.good(self.caller().call(server.url(), streamed=True))
        self.assertEqual(server.connections, 2)

    def test_too_many(self):
        server = self.serve([READ, empty("Location: /", status="302 A")] * 10)
        answer = self.caller(maxRedirects=3).call(server.url())
        self.assertEqual(answer.error, f"GET {server.url()}: more than 3 redirects")

    def test_none_when_not_wanted(self):
        server = self.serve([READ, empty("Location: /", status="302 A")])
        self.assertEqual(self.caller().call(server.url(), redirects=0).status, 302)

    def test_what_is_not_followed(self):
        server = self.serve([READ, empty("Location: http+unix://%2Fetc/", status="302 A")])
        self.assertIn("a redirect leads to a Unix socket", self.caller().call(server.url()).error)
        server = self.serve([READ, empty("Location: file:///etc/passwd", status="302 A")])
        self.assertIn("is no URL that can be called", self.caller().call(server.url()).error)


class Sending(Calls):
    def sent(self, options=None, **order):
        server = self.serve([READ, OK])
        self.good(self.caller(**(options or {})).call(server.url("/a?b=1"), **order))
        return server.requests[0].decode("latin-1").replace(f"127.0.0.1:{server.port}", "HOST")

    def test_an_ordinary_request(self):
        self.assertEqual(self.sent({"deadlineHeader": ""}),
                         "GET /a?b=1 HTTP/1.1\r\nHost: HOST\r\nUser-Agent: ngo/0.1.0\r\n"
                         "Accept-Encoding: gzip, br, zstd\r\n\r\n")

    def test_the_user_agent_is_the_client_s_name(self):
        self.assertIn("User-Agent: shop\r\n", self.sent({"name": "shop"}))
        self.assertNotIn("User-Agent", self.sent({"noDefaultUserAgentHeader": True}))
        sent = self.sent(headers=[{"name": "user-agent", "value": "mine"}])
        self.assertEqual(sent.lower().count("user-agent"), 1)

    def test_the_query_is_added_to(self):
        self.assertIn("GET /a?b=1&c%20d=e%26f HTTP", self.sent(query=[{"name": "c d", "value": "e&f"}]))

    def test_bodies(self):
        sent = self.sent(method="POST", body="hello")
        self.assertIn("Content-Type: text/plain\r\nContent-Length: 5\r\n", sent)
        self.assertTrue(sent.endswith("\r\n\r\nhello"), sent)
        self.assertIn("Content-Length: 0\r\n", self.sent(method="POST"))
        self.assertNotIn("Content-Length", self.sent(method="DELETE"))
        sent = self.sent(method="POST", form=[{"name": "a", "value": "1 2"}, {"name": "b", "value": "&"}])
        self.assertIn("Content-Type: application/x-www-form-urlencoded\r\n", sent)
        self.assertTrue(sent.endswith("\r\n\r\na=1%202&b=%26"), sent)

    def test_streamed_bodies(self):
        sent = self.sent(method="POST", stream_size=25_000)
        self.assertIn("Transfer-Encoding: chunked\r\n", sent)
        self.assertEqual(sent.count("x"), 25_001)  # one in "text"
        sent = self.sent(method="POST", stream_size=25_000, announce=True)
        self.assertIn("Content-Length: 25000\r\n", sent)
        self.assertEqual(sent.count("x"), 25_001)

    def test_a_large_body_arrives(self):
        server = self.serve([READ, OK])
        self.good(self.caller().call(server.url(), method="PUT", body_size=20_000_000))
        self.assertEqual(len(server.requests[0].split(b"\r\n\r\n", 1)[1]), 20_000_000)

    def test_the_time_that_is_left_is_sent_along(self):
        def told(sent):
            line = next(line for line in sent.split("\r\n") if line.startswith("X-Request-Timeout: "))
            self.assertTrue(line.endswith("ms"), line)
            return int(line.split()[1][:-2])
        self.assertTrue(29_000 < told(self.sent()) <= 30_000)
        self.assertTrue(1_000 < told(self.sent(timeout="2s")) <= 2_000)
        self.assertTrue(500 < told(self.sent(deadline="1s")) <= 1_000)
        self.assertNotIn("X-Request-Timeout", self.sent({"propagate": False}))
        self.assertNotIn("X-Request-Timeout", self.sent({"timeout": "0s"}))

    def test_what_may_not_be_sent(self):
        caller = self.caller()
        for name, value, error in (("A b", "c", "is no header name"), ("A", "b\r\nC: d", "has a control character"),
                                   ("Content-Length", "5", "is set by the client itself"),
                                   ("transfer-encoding", "chunked", "is set by the client itself"),
                                   ("Connection", "close", "is set by the client itself")):
            with self.subTest(name):
                answer = caller.call("http://127.0.0.1:1/", headers=[{"name": name, "value": value}])
                self.assertIn(error, answer.error)
                self.assertEqual(answer.code, "invalid_argument")

    def test_a_base_url(self):
        server = self.serve([READ, OK])
        self.good(self.caller(baseUrl=server.url("/api/")).call("/users?x=1"))
        self.assertTrue(server.requests[0].startswith(b"GET /api/users?x=1 HTTP/1.1\r\n"))
        self.assertIn("has no host", self.caller().call("/users").error)

    def test_the_user_of_the_url(self):
        server = self.serve([READ, OK])
        self.good(self.caller().call(server.url().replace("http://", "http://me:p%20w@")))
        self.assertIn(b"Authorization: Basic bWU6cCB3\r\n", server.requests[0])  # me:p w
        self.assertNotIn(b"me:", server.requests[0])


class Receiving(Calls):
    def test_errors_name_status_url_and_body_but_no_secrets(self):
        server = self.serve([READ, head("Content-Length: 6", status="404 Not Found") + b"no\r\nno"])
        answer = self.caller().call(server.url("/x?token=hidden&a=b"), as_text=True)
        self.assertEqual(answer.error, f"GET {server.url('/x?token=***&a=b')}: answered 404 Not Found: no  no")
        self.assertEqual((answer.status, answer.code), (404, "internal"))

    def test_the_code_of_an_error_is_about_us(self):
        for status, code in (("400 A", "internal"), ("401 A", "internal"), ("404 A", "internal"), ("500 A", "internal"),
                             ("429 A", "unavailable"), ("503 A", "unavailable"), ("504 A", "deadline_exceeded")):
            server = self.serve([READ, empty(status=status)])
            self.assertEqual(self.caller().call(server.url(), as_text=True, attempts=1).code, code, status)

    def test_text_in_another_encoding_becomes_utf8(self):
        def answer(content_type, body):
            return [READ, head(f"Content-Type: {content_type}", f"Content-Length: {len(body)}") + body]
        for content_type, body, text in (
                ("text/plain; charset=GBK", "网易".encode("gbk"), "网易"),
                ('application/json; charset="iso-8859-1"', '"café"'.encode("latin-1"), '"café"'),
                ("application/problem+json;charset=shift_jis", "日本".encode("shift_jis"), "日本"),
                ("text/plain; charset=UTF-16", "hi".encode("utf-16"), "hi"),
                ("text/plain; charset=utf-8", "é".encode("utf-8-sig"), "é")):
            with self.subTest(content_type=content_type):
                self.good(self.caller().call(self.serve(answer(content_type, body)).url()), text)
        # What cannot be converted, and what is no text, comes as it was sent.
        for content_type, body in (("text/plain; charset=utf-7", b"\xff\xff"), ("text/plain; charset=gbk", b"\xff\xff"),
                                   ("text/plain", b"\xe9"), ("image/png; charset=latin1", b"\xe9")):
            with self.subTest(content_type=content_type):
                answered = self.caller().call(self.serve(answer(content_type, body)).url())
                self.assertEqual((answered.error, answered.body_size), ("", len(body)))
        raw = self.caller().call(self.serve(answer("text/plain; charset=latin1", b"\xe9\xe9")).url(), no_decompression=True)
        self.assertEqual(raw.body_size, 2)

    def test_compressed_bodies(self):
        import gzip
        text = b"hello " * 10_000
        coded = gzip.compress(text)
        answer = head("Content-Encoding: gzip", f"Content-Length: {len(coded)}") + coded
        server = self.serve([READ, answer] * 5)
        caller = self.caller()
        for streamed in (False, True):
            self.assertEqual(caller.call(server.url(), streamed=streamed).body, text.decode())
        self.assertEqual(server.connections, 1)
        answer = caller.call(server.url(), no_decompression=True)
        self.assertEqual(answer.body_size, len(coded))
        self.assertNotIn(b"Accept-Encoding", server.requests[2])

    def test_a_bomb_is_stopped(self):
        import gzip
        coded = gzip.compress(bytes(50_000_000))
        server = self.serve([READ, head("Content-Encoding: gzip", f"Content-Length: {len(coded)}") + coded])
        self.assertIn("has more than the 33554432 bytes", self.caller().call(server.url()).error)

    def test_the_limit_of_the_whole_ends_with_the_head_of_a_stream(self):
        server = self.serve([READ, head("Content-Length: 2"), Pause(0.5), b"hi"])
        self.good(self.caller().call(server.url(), streamed=True, timeout="250ms"))

    def test_a_long_stream(self):
        server = self.serve([READ, head("Content-Length: 50000000"), bytes(50_000_000)])
        self.assertEqual(self.caller().call(server.url(), streamed=True).body_size, 50_000_000)


class Fallbacks(Calls):
    def test_when_they_are_given(self):
        for script in ([READ, RESET], [READ, empty(status="503 No")], [READ, empty(status="500 No")],
                       [READ, head("X-Downgrade-Status: STATIC", "Content-Length: 2") + b"hi"]):
            with self.subTest(script=script):
                server = self.serve(script)
                answer = self.good(self.caller().call(server.url(), fallback=True, attempts=1), "instead")
                self.assertTrue(answer.degraded)

    def test_when_they_are_not(self):
        server = self.serve([READ, OK, READ, empty(status="404 No")])
        caller = self.caller()
        self.assertFalse(self.good(caller.call(server.url(), fallback=True)).degraded)
        self.assertEqual(caller.call(server.url(), fallback=True).status, 404)


class Cookies(Calls):
    def test_they_are_kept_when_asked_for(self):
        script = [READ, empty("Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; HttpOnly; Path=/x", "Set-Cookie: c=3; Domain=other.test"),
                  READ, empty("Set-Cookie: a=; Max-Age=0; Path=/"), READ, OK, READ, OK]
        server = self.serve(script)
        caller = self.caller(cookies=True)
        for target in ("/", "/x/y", "/x"):
            caller.call(server.url(target))
        caller.call(server.url("/x"), headers=[{"name": "Cookie", "value": "mine=1"}])
        sent = [next((line for line in request.split(b"\r\n") if line.startswith(b"Cookie")), b"") for request in server.requests]
        self.assertEqual(sent, [b"", b"Cookie: b=2; a=1", b"Cookie: b=2", b"Cookie: mine=1"])

    def test_a_redirect_sets_them_too(self):
        server = self.serve([READ, empty("Set-Cookie: a=1", "Location: /", status="302 A"), READ, OK])
        self.good(self.caller(cookies=True).call(server.url("/login")))
        self.assertIn(b"Cookie: a=1\r\n", server.requests[1])

    def test_they_are_not_kept_otherwise(self):
        server = self.serve([READ, empty("Set-Cookie: a=1"), READ, OK])
        caller = self.caller()
        caller.call(server.url())
        self.good(caller.call(server.url()))
        self.assertNotIn(b"Cookie", server.requests[1])


class Events(Calls):
    STREAM = head("Content-Type: text/event-stream; charset=utf-8", "Transfer-Encoding: chunked")

    @staticmethod
    def chunk(data):
        return b"%x\r\n%s\r\n" % (len(data), data)

    def test_they_come_and_go_on_after_a_break(self):
        first = [READ, self.STREAM, self.chunk(b"retry: 10\nid: 1\ndata: a\n\nda"), self.chunk(b"ta: b\nid: 2\n\ndata: half"), RESET]
        second = [READ, self.STREAM, self.chunk(b"event: tick\ndata: c\n\n") + b"0\r\n\r\n"]
        third = [READ, self.STREAM, self.chunk(b"id: 9\ndata: d\n\n"), STALL]
        server = self.serve(first, second, third)
        answer = self.caller().call(server.url(), events=4)
        self.assertEqual((answer.error, answer.body), ("", "|1|a\n|2|b\ntick|2|c\n|9|d\n"))
        self.assertIn(b"Accept: text/event-stream\r\n", server.requests[0])
        self.assertNotIn(b"Last-Event-ID", server.requests[0])
        for request in server.requests[1:]:
            self.assertIn(b"Last-Event-ID: 2\r\n", request)

    def test_a_server_that_wants_no_more_readers(self):
        server = self.serve([READ, self.STREAM, self.chunk(b"retry: 10\ndata: a\n\n"), RESET],
                            [READ, head(status="204 No Content")])
        self.assertEqual(self.caller().call(server.url(), events=4).body, "||a\n")

    def test_a_server_that_wants_no_pause_gets_one(self):
        server = self.serve(*[[READ, self.STREAM, self.chunk(b"retry: 0\ndata: a\n\n"), RESET]] * 4)
        begun = time.monotonic()
        self.assertEqual(self.caller().call(server.url(), events=4).body, "||a\n" * 4)
        self.assertGreaterEqual(time.monotonic() - begun, 0.3)

    def test_what_is_no_stream_of_events(self):
        server = self.serve([READ, OK])
        self.assertIn("no stream of events", self.caller().call(server.url(), events=1).error)
        server = self.serve([READ, empty(status="404 No")])
        self.assertIn("answered 404 Not Found", self.caller().call(server.url(), events=1).error)

    def test_the_deadline_ends_it(self):
        server = self.serve([READ, self.STREAM, STALL])
        answer = self.caller().call(server.url(), events=1, deadline="200ms")
        self.assertEqual(answer.code, "deadline_exceeded")


class Lines(Calls):
    def test_json_lines_and_the_rest(self):
        server = self.serve([READ, head("Content-Length: 20"), b"1\n", Pause(0.05), b"\n2\r", Pause(0.05), b"\n3\nand the rest.."])
        self.assertEqual(self.caller().call(server.url(), lines=3).body, "6 and the rest")

    def test_the_last_line_needs_no_end(self):
        server = self.serve([READ, head("Content-Length: 3"), b"1\n2"])
        self.assertEqual(self.caller().call(server.url(), lines=9).body, "3 ")

    def test_a_line_that_is_no_json(self):
        server = self.serve([READ, head("Content-Length: 4"), b"1\nx\n"])
        self.assertIn("the response is not the JSON that was expected", self.caller().call(server.url(), lines=9).error)


class Downloads(Calls):
    DATA = bytes(range(256)) * 4096  # 1 MiB

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file")

    def stored(self):
        with open(self.path, "rb") as file:
            self.assertTrue(file.read() == self.DATA)
        self.assertEqual(os.listdir(os.path.dirname(self.path)), ["file"])

    def whole(self, *fields):
        return head(f"Content-Length: {len(self.DATA)}", *fields)

    def rest(self, begin, *fields):
        end = len(self.DATA)
        return head(f"Content-Length: {end - begin}", f"Content-Range: bytes {begin}-{end - 1}/{end}", *fields,
                    status="206 Partial Content") + self.DATA[begin:]

    def test_a_file(self):
        server = self.serve([READ, self.whole() + self.DATA])
        answer = self.caller().call(server.url(), download=self.path)
        self.assertEqual((answer.error, answer.body_size, answer.attempts), ("", len(self.DATA), 1))
        self.assertNotIn(b"Accept-Encoding", server.requests[0])
        self.stored()

    def test_it_goes_on_where_the_connection_broke(self):
        server = self.serve([READ, self.whole('ETag: "v1"') + self.DATA[:300_000]], [READ, self.rest(300_000, 'ETag: "v1"')])
        answer = self.caller().call(server.url(), download=self.path)
        self.assertEqual((answer.error, answer.attempts), ("", 2))
        self.assertIn(b'Range: bytes=300000-\r\nIf-Range: "v1"\r\n', server.requests[1])
        self.stored()

    def test_it_begins_again_when_the_file_is_another_one(self):
        server = self.serve([READ, self.whole('ETag: "v1"') + b"old" * 100_000], [READ, self.whole('ETag: "v2"') + self.DATA])
        self.assertEqual(self.caller().call(server.url(), download=self.path).error, "")
        self.stored()

    def test_it_begins_again_when_nobody_knows_whether_it_is(self):
        for fields in ((), ('ETag: W/"v1"',)):
            server = self.serve([READ, self.whole(*fields) + b"old" * 100_000], [READ, self.whole() + self.DATA])
            self.assertEqual(self.caller().call(server.url(), download=self.path).error, "")
            self.assertNotIn(b"Range", server.requests[1])
            self.stored()

    def test_it_gives_up_when_every_try_breaks_and_nobody_knows_what_the_rest_belongs_to(self):
        server = self.serve(*[[READ, self.whole() + self.DATA[:300_000]]] * 9)
        answer = self.caller(maxIdemponentCallAttempts=3).call(server.url(), download=self.path)
        self.assertIn("after 300000 of", answer.error)
        self.assertEqual(server.connections, 3)

    def test_a_later_one_goes_on(self):
        server = self.serve([READ, self.whole('ETag: "v1"') + self.DATA[:300_000]])
        self.assertIn("after 0 of", self.caller(maxIdemponentCallAttempts=1).call(server.url("/x"), download=self.path).error
                      .replace("after 300000 of", "after 0 of"))
        server = self.serve([READ, self.rest(300_000, 'ETag: "v1"')])
        answer = self.caller().call(server.url("/x"), download=self.path)
        self.assertEqual((answer.error, answer.body), ("", "300000"))
        self.stored()

    def test_a_range_that_is_not_the_one_that_was_asked_for(self):
        server = self.serve([READ, self.whole('ETag: "v1"') + self.DATA[:300_000]], [READ, self.rest(200_000, 'ETag: "v1"')],
                            [READ, self.whole('ETag: "v1"') + self.DATA])
        self.assertEqual(self.caller().call(server.url(), download=self.path).error, "")
        self.stored()

    def test_what_is_not_there(self):
        server = self.serve([READ, empty(status="404 No")])
        self.assertIn("answered 404", self.caller().call(server.url(), download=self.path).error)
        self.assertFalse(os.path.exists(self.path))


class Uploads(Calls):
    def test_a_form_with_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ph\"oto.jpg")
            with open(path, "wb") as file:
                file.write(b"x" * 600_000)
            server = self.serve([READ, OK])
            self.good(self.caller().call(server.url(), method="POST", upload=path))
        request_head, body = server.requests[0].split(b"\r\n\r\n", 1)
        boundary = request_head.split(b"boundary=")[1].split(b"\r\n")[0]
        self.assertIn(b"Content-Length: %d\r\n" % len(body), request_head + b"\r\n")
        self.assertEqual(body.split(b"--" + boundary), [
            b"", b'\r\nContent-Disposition: form-data; name="album"\r\n\r\nPar"is\r\n',
            b'\r\nContent-Disposition: form-data; name="photo"; filename="ph%22oto.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            + b"x" * 600_000 + b"\r\n",
            b'\r\nContent-Disposition: form-data; name="note"; filename="note.txt"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\nhello\r\n", b"--\r\n"])

    def test_a_file_that_is_not_there(self):
        self.assertIn("cannot read the file", self.caller().call("http://127.0.0.1:1/", method="POST", upload="/none").error)


class Proxies(Calls):
    def test_http_through_a_proxy(self):
        proxy = self.serve([READ, OK] * 2)
        caller = self.caller(proxy=f"http://me:pw@127.0.0.1:{proxy.port}", noProxy=["direct.test"])
        self.good(caller.call("http://users.test/x?y=1"))
        request = proxy.requests[0]
        self.assertTrue(request.startswith(b"GET http://users.test/x?y=1 HTTP/1.1\r\nHost: users.test\r\n"), request)
        self.assertIn(b"Proxy-Authorization: Basic bWU6cHc=\r\n", request)
        self.assertIn("direct.test", caller.call("http://direct.test/").error)
        self.assertEqual(proxy.connections, 1)

    def test_https_through_a_proxy(self):
        proxy = self.serve([READ, b"HTTP/1.1 403 No way\r\nContent-Length: 0\r\n\r\n"])
        answer = self.caller(proxy=proxy.url()).call("https://users.test/x", attempts=1)
        self.assertEqual(answer.error, "GET https://users.test/x: the proxy answered CONNECT users.test:443 with 403 No way")
        self.assertTrue(proxy.requests[0].startswith(b"CONNECT users.test:443 HTTP/1.1\r\nHost: users.test:443\r\n"))

    def test_interim_answers_of_a_proxy_are_passed_over(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        proxy = self.serve([READ, hints + b"HTTP/1.1 100 Con", b"tinue\r\n\r\n" + hints + b"HTTP/1.1 403 No way\r\nContent-Length: 0\r\n\r\n"])
        answer = self.caller(proxy=proxy.url()).call("https://users.test/x", attempts=1)
        self.assertEqual(answer.error, "GET https://users.test/x: the proxy answered CONNECT users.test:443 with 403 No way")

    def test_a_proxy_that_misbehaves(self):
        for script, error in (([READ], "the proxy closed the connection before it answered CONNECT"),
                              ([READ, b"SSH-2.0\r\n"], "the proxy's answer to CONNECT is not valid: "),
                              ([READ, b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", STALL],
                               "the proxy sent something before the server behind it can have"),
                              ([READ, b"HTTP/1.1 100 Continue\r\n\r\n" * 20, STALL],
                               "the proxy sent more than 16 interim responses (1xx)"),
                              ([READ, b"HTTP/1.1 101 Switching Protocols\r\n\r\n", STALL],
                               "the proxy answered CONNECT users.test:443 with 101"),
                              ([READ, STALL], "(connectTimeout)")):
            with self.subTest(error):
                proxy = self.serve(script)
                answer = self.caller(proxy=proxy.url(), connectTimeout="300ms").call("https://users.test/", attempts=1)
                self.assertIn(error, answer.error)

    def test_the_environment(self):
        proxy = self.serve([READ, OK] * 2)
        caller = Caller({"http_proxy": f"127.0.0.1:{proxy.port}", "no_proxy": "direct.test"}, proxyFromEnvironment=True)
        self.addCleanup(caller.close)
        self.good(caller.call("http://users.test/"))
        direct = self.serve([READ, OK])
        self.good(caller.call(direct.url()))
        self.assertIn("direct.test", caller.call("http://direct.test/").error)
        self.assertEqual(len(proxy.requests), 1)


if __name__ == "__main__":
    unittest.main()

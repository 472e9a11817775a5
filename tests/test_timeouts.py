"""Limits of time and number: slow-loris, trickled bodies, idle connections, handlers that take too long."""

import json
import select
import time

from harness import Connection, ServedCase, eventually, patience, request
from harness.calling import Caller
from harness.http2 import Http2Connection, get


def trickle(connection, data, pause):
    """Sends byte after byte with a pause, until the server answers or closes. Gives back how long that took."""
    began = time.monotonic()
    for byte in data:
        if select.select([connection.socket], [], [], pause)[0]:
            break
        try:
            connection.send(bytes([byte]))
        except OSError:
            break
    return time.monotonic() - began


SHORT = patience(0.3)


class ShortTimes(ServedCase):
    arguments = ["--set", "httpServer.minBodyRate=500"]
    for limit in ("header", "body", "idle", "write"):
        arguments += ["--set", f"httpServer.{limit}Timeout={SHORT * 1000:.0f}ms"]

    def test_a_head_that_does_not_come_is_answered_with_408(self):
        connection = self.connect()
        connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        answer = connection.response()
        self.assertEqual(answer.status, 408)
        self.assertTrue(answer.closes)
        self.assertTrue(connection.closed())

    def test_bytes_now_and_then_do_not_keep_a_head_alive(self):
        connection = self.connect()
        endless = b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 10_000
        trickle(connection, endless, 0.02)
        self.assertEqual(connection.response().status, 408)
        self.assertTrue(connection.closed())

    def test_a_connection_without_a_byte_is_closed_without_an_answer(self):
        connection = self.connect()
        self.assertTrue(connection.closed())
        self.assertFalse(connection.reset)

    def test_an_empty_line_is_no_way_to_stay(self):
        connection = self.connect()
        connection.send(b"\r\n")
        self.assertIn([answer.status for answer in connection.responses_to_the_end()], ([], [408]))

    def test_an_idle_connection_is_closed_without_an_answer(self):
        connection = self.connect()
        connection.send(request("/result/string"))
        self.assertEqual(connection.response().body, b"text")
        self.assertTrue(connection.closed())

    def test_a_body_that_does_not_come_is_answered_with_408(self):
        for target in ("/text", "/sink", "/json"):
            with self.subTest(target):
                connection = self.connect()
                connection.send(request(target, "POST", ("Content-Length: 100",)) + b"hello")
                self.assertEqual(connection.response().status, 408)
                self.assertTrue(connection.closed())

    def test_a_chunked_body_that_does_not_come_is_answered_with_408(self):
        connection = self.connect()
        connection.send(request("/sink", "POST", ("Transfer-Encoding: chunked",)) + b"5\r\nhel")
        self.assertEqual(connection.response().status, 408)

    def test_a_trickled_body_is_cut_off(self):
        connection = self.connect()
        connection.send(request("/sink", "POST", ("Content-Length: 100000",)))
        trickle(connection, b"x" * 1000, 0.02)  # 50 bytes a second
        self.assertEqual(connection.response().status, 408)

    def test_a_slow_but_steady_body_is_waited_for(self):
        # Longer than a body without progress gets, and faster than the rate that is asked for.
        connection = self.connect()
        began = time.monotonic()
        sent = 1000
        connection.send(request("/sink/patient", "POST", ("Transfer-Encoding: chunked",)) + b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        while time.monotonic() - began < 1.5 * SHORT:
            connection.send(b"64\r\n" + b"x" * 100 + b"\r\n")
            sent += 100
            select.select([connection.socket], [], [], 0.02)
        connection.send(b"0\r\n\r\n")
        self.assertEqual(json.loads(connection.response().body)["bytes"], sent)

    def test_a_client_that_does_not_read_is_cut_off(self):
        connection = self.connect(receive_buffer=4096)
        connection.send(request("/flow?bytes=1000000000"))
        eventually(lambda: self.in_flight() == 1, "the start of the answer")
        eventually(lambda: self.in_flight() == 0, "the end of the answer", 20)
        self.assertFalse(connection.response().complete)


class ShortRequests(ServedCase):
    arguments = ("--set", f"httpServer.requestTimeout={SHORT * 1000:.0f}ms")

    def test_a_handler_over_its_time_is_answered_for_with_504(self):
        for target in ("/slow?time=1h", "/deadline"):
            with self.subTest(target):
                before = self.ask_json("/waits")["cancelled"]
                answer = self.ask(target)
                self.assertEqual((answer.status, answer.get("content-type")), (504, "application/problem+json"))
                self.assertEqual(self.ask_json("/waits")["cancelled"], before + 1)


class CallersDeadline(ServedCase):
    """X-Request-Timeout: how long the caller will still wait."""

    def cancelled(self):
        return self.ask_json("/waits")["cancelled"]

    def test_the_work_ends_when_the_caller_s_time_is_over(self):
        for value in ("100ms", "100", "0ms"):
            with self.subTest(value):
                before = self.cancelled()
                answer = self.ask("/slow?time=1h", headers=(f"x-request-timeout: {value}",))
                self.assertEqual((answer.status, answer.get("content-type")), (504, "application/problem+json"))
                self.assertEqual(self.cancelled(), before + 1)

    def test_and_on_a_stream_of_http2(self):
        before = self.cancelled()
        with Http2Connection(self.server) as connection:
            number = connection.next
            connection.next += 2
            connection.send(get(number, "/slow?time=1h", fields=(("x-request-timeout", "100ms"),)))
            self.assertEqual(connection.answer(number).status, 504)
        self.assertEqual(self.cancelled(), before + 1)

    def test_the_next_request_of_the_connection_has_its_own_time(self):
        connection = self.connect()
        connection.send(request("/slow?time=1h", headers=("X-Request-Timeout: 50ms",)) + request("/slow?time=200ms"))
        self.assertEqual([connection.response().status for _ in range(2)], [504, 200])

    def test_what_is_longer_or_cannot_be_read_changes_nothing(self):
        for lines in (("1h",), ("1",) * 2, ("-1ms",), ("",), ("1.5ms",), ("9" * 30 + "ms",), ("900000000ms",)):
            with self.subTest(lines):
                headers = [f"X-Request-Timeout: {line}" for line in lines]
                self.assertEqual(self.ask("/slow?time=50ms", headers=headers).status, 200)

    def test_a_call_carries_it_from_program_to_program(self):
        before = self.cancelled()
        with Caller(maxIdemponentCallAttempts=1) as caller:
            answer = caller.call(f"http://127.0.0.1:{self.server.port}/slow?time=1h", deadline="150ms")
            # The server's clock may be the quicker one.
            self.assertIn((answer.status, answer.code), ((0, "deadline_exceeded"), (504, "")))
        eventually(lambda: self.cancelled() == before + 1, "the work ends")


class CallersDeadlineByAnotherName(ServedCase):
    arguments = ("--set", "httpServer.deadlineHeader=X-Left")

    def test_it_is_read_by_that_name_alone(self):
        self.assertEqual(self.ask("/slow?time=1h", headers=("x-left: 50ms",)).status, 504)
        self.assertEqual(self.ask("/slow?time=50ms", headers=("X-Request-Timeout: 1ms",)).status, 200)


class NoDeadlineOfCallers(ServedCase):
    arguments = ("--set", "httpServer.deadlineHeader=")

    def test_it_is_not_read(self):
        self.assertEqual(self.ask("/slow?time=50ms", headers=("X-Request-Timeout: 1ms",)).status, 200)


class Cancellation(ServedCase):
    def test_a_client_that_hangs_up_ends_the_waits_of_its_handler(self):
        for how in ("vanish", "close"):
            with self.subTest(how):
                before = self.ask_json("/waits")
                connection = Connection(self.server)
                connection.send(request("/never"))
                eventually(lambda: self.ask_json("/waits")["begun"] > before["begun"], "the handler's start")
                getattr(connection, how)()
                eventually(lambda: self.ask_json("/waits")["cancelled"] > before["cancelled"], "the cancellation")
                eventually(lambda: self.in_flight() == 0, "the end of the request")


class FewConnections(ServedCase):
    arguments = ("--set", "httpServer.maxConnections=10")

    def test_one_more_than_the_limit_is_closed_and_an_end_makes_room(self):
        held = [eventually(self.opened, "a connection within the limit") for _ in range(10)]
        one_more = self.connect()
        self.assertTrue(one_more.closed())
        for connection in held:  # those inside are as well off as before
            connection.send(request("/result/string"))
            self.assertEqual(connection.response().status, 200)
        held.pop().close()
        eventually(self.opened, "room for another")

    def opened(self):
        """A connection that has been answered on; None when it was refused."""
        connection = self.connect()
        try:
            connection.send(request("/result/string"))
            return connection if connection.response().status == 200 else None
        except (OSError, EOFError):
            return None

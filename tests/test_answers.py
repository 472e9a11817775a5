"""What a server says by itself: methods, HEAD, OPTIONS, connection, versions, order (RFC 9110, RFC 9112 section 9)."""

import datetime
import email.utils
import json
import socket
import struct

from harness import LAST, ServedCase, chunked, exchange, request, split_exchange


class Methods(ServedCase):
    def test_an_address_without_a_route_is_404_with_a_problem_body(self):
        answer = self.ask("/nowhere")
        self.assertEqual((answer.status, answer.get("content-type")), (404, "application/problem+json"))
        problem = json.loads(answer.body)
        self.assertEqual((problem["status"], problem["title"], problem["instance"]), (404, "Not Found", "/nowhere"))

    def test_a_method_without_a_route_is_405_and_tells_those_that_have_one(self):
        answer = self.ask("/json", method="DELETE")
        self.assertEqual((answer.status, answer.get("allow")), (405, "POST, OPTIONS"))
        answer = self.ask("/result/struct", method="PUT", body=b"x")
        self.assertEqual((answer.status, answer.get("allow")), (405, "GET, HEAD, OPTIONS"))
        answer = self.ask("/smuggled", method="PATCH")
        self.assertEqual((answer.status, answer.get("allow")), (405, "GET, HEAD, POST, OPTIONS"))

    def test_405_keeps_the_connection_in_step_when_the_request_had_a_body(self):
        hidden = request("/smuggled", "POST")
        answers = split_exchange(self.server, request("/json", "PUT", body=hidden) + LAST)
        self.assertEqual([answer.status for answer in answers], [405, 404])

    def test_options_tells_the_methods_of_an_address(self):
        answer = self.ask("/result/struct", method="OPTIONS")
        self.assertIn(answer.status, (200, 204))
        self.assertEqual(answer.get("allow"), "GET, HEAD, OPTIONS")
        self.assertEqual(self.ask("/nowhere", method="OPTIONS").status, 404)

    def test_options_of_the_server_tells_all_its_methods(self):
        for target in ("*", "http://test"):
            with self.subTest(target):
                answers = split_exchange(self.server, request(target, "OPTIONS") + LAST)
                self.assertIn(answers[0].status, (200, 204))
                self.assertEqual(answers[0].get("allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS")
                self.assertEqual(len(answers), 2)

    def test_the_router_prefers_the_literal(self):
        self.assertEqual(self.ask_json("/path/literal")["first"], "literal")
        self.assertEqual(self.ask_json("/path/other")["first"], "parameter")
        self.assertEqual(self.ask_json("/path/lit%65ral")["first"], "literal")

    def test_a_trailing_slash_is_another_address(self):
        self.assertEqual(self.ask("/result/struct/").status, 404)


class Head(ServedCase):
    def test_head_has_the_head_of_get_and_no_body(self):
        for target in ("/result/struct", "/result/string", "/large?bytes=100000", "/nowhere", "/result/created",
                       "/fail/not_found"):
            with self.subTest(target):
                get = exchange(self.server, request(target) + LAST)[0]
                head, last = exchange(self.server, request(target, "HEAD") + LAST, ("HEAD", "GET"))
                self.assertEqual((head.status, head.body, last.status), (get.status, b"", 404))
                self.assertEqual(head.get("content-length"), get.get("content-length"))
                self.assertEqual(head.get("content-type"), get.get("content-type"))

    def test_head_of_a_stream_has_no_body(self):
        answers = split_exchange(self.server, request("/stream", "HEAD") + LAST, ("HEAD", "GET"))
        self.assertEqual([(answer.status, answer.get("content-type")) for answer in answers][0], (200, "text/plain"))
        self.assertEqual(len(answers), 2)

    def test_answers_without_a_body_have_no_length(self):
        for target, status in (("/result/no-content", 204), ("/result/void", 204), ("/result/not-modified", 304),
                               ("/result/status/204", 204)):
            with self.subTest(target):
                answers = split_exchange(self.server, request(target) + LAST)
                self.assertEqual([answer.status for answer in answers], [status, 404])
                self.assertIsNone(answers[0].get("transfer-encoding"))

    def test_an_empty_body_has_length_zero(self):
        self.assertEqual(self.ask("/result/empty-string").get("content-length"), "0")


class Date(ServedCase):
    def test_every_answer_has_the_date_of_now(self):
        for target in ("/result/struct", "/nowhere", "/stream", "/result/no-content"):
            with self.subTest(target):
                date = email.utils.parsedate_to_datetime(self.ask(target).get("date"))
                now = datetime.datetime.now(datetime.timezone.utc)
                self.assertLess(abs((now - date).total_seconds()), 10)

    def test_a_refusal_has_a_date_as_well(self):
        self.assertIsNotNone(exchange(self.server, b"nonsense\r\n\r\n")[0].get("date"))


class Persistence(ServedCase):
    def test_http_1_1_stays_unless_told(self):
        with self.connect() as connection:
            for _ in range(100):
                connection.send(request("/result/string"))
                answer = connection.response()
                self.assertEqual((answer.body, answer.get("connection")), (b"text", None))

    def test_connection_close_is_obeyed_and_said(self):
        for value in ("close", "Close", "keep-alive, close", "x, close"):
            with self.subTest(value):
                answers = split_exchange(self.server, request("/result/string", headers=("Connection: " + value,)) + LAST)
                self.assertEqual([answer.status for answer in answers], [200])
                self.assertTrue(answers[0].closes)

    def test_close_in_a_second_connection_field_is_obeyed(self):
        head = request("/result/string", headers=("Connection: x", "Connection: close"))
        self.assertEqual(len(split_exchange(self.server, head + LAST)), 1)

    def test_http_1_0_closes_unless_asked(self):
        answers = split_exchange(self.server, request("/result/string", version="HTTP/1.0") + LAST)
        self.assertEqual([answer.body for answer in answers], [b"text"])

    def test_http_1_0_stays_when_asked_and_is_told(self):
        data = request("/result/string", headers=("Connection: Keep-Alive",), version="HTTP/1.0")
        answers = split_exchange(self.server, data + data + LAST)
        self.assertEqual([answer.status for answer in answers], [200, 200, 404])
        self.assertEqual(answers[0].get("connection"), "keep-alive")

    def test_a_stream_to_http_1_0_ends_with_the_connection(self):
        for headers in ((), ("Connection: keep-alive",)):
            with self.subTest(headers):
                data = request("/stream?count=3&trailers=true", version="HTTP/1.0", headers=headers)
                answers = split_exchange(self.server, data + LAST)
                self.assertEqual([answer.body for answer in answers], [b"piece 0\npiece 1\npiece 2\n"])
                self.assertIsNone(answers[0].get("transfer-encoding"))


class Refusals(ServedCase):
    def test_a_client_that_sends_all_before_it_reads_still_gets_the_answer(self):
        # Closing while bytes are on their way would reset the connection, and the reset would overtake the answer.
        body = b"x" * 8_000_000
        for target, status in (("/nowhere", 404), ("/sink/small", 413), ("/guarded/secret", 401), ("/ignore/task", 200)):
            with self.subTest(target):
                connection = self.connect()
                connection.send(request(target, "POST", body=body))
                answer = connection.response()
                self.assertEqual((answer.status, answer.closes), (status, True))
                self.assertTrue(connection.closed())


class Streams(ServedCase):
    def test_a_stream_is_chunked(self):
        answers = split_exchange(self.server, request("/stream?count=3") + LAST)
        self.assertEqual(answers[0].body, b"piece 0\npiece 1\npiece 2\n")
        self.assertEqual(answers[0].get("transfer-encoding"), "chunked")
        self.assertEqual(answers[1].status, 404)

    def test_a_stream_of_nothing_is_complete(self):
        answers = split_exchange(self.server, request("/stream?count=0") + LAST)
        self.assertEqual([(answer.status, answer.body) for answer in answers][0], (200, b""))
        self.assertEqual(len(answers), 2)

    def test_trailers_follow_the_last_chunk(self):
        answers = split_exchange(self.server, request("/stream?count=2&trailers=true") + LAST)
        self.assertEqual(answers[0].trailers, [("x-pieces", "2")])

    def test_trailers_of_a_request_reach_the_handler(self):
        for trailers, seen in ((("X-Sum: 42",), b"hello 42"), ((), b"hello none")):
            data = request("/trailers", "POST", ("Transfer-Encoding: chunked",), chunked(b"hello", trailers=trailers))
            self.assertEqual(split_exchange(self.server, data + LAST)[0].body, seen)
        self.assertEqual(self.ask("/trailers", method="POST", body=b"hello").body, b"hello none")

    def test_a_stream_that_breaks_off_is_not_taken_for_complete(self):
        answers = split_exchange(self.server, request("/stream?count=5&break_after=2") + LAST)
        self.assertEqual(len(answers), 1)
        self.assertFalse(answers[0].complete)

    def test_a_large_stream_arrives_whole(self):
        answers = exchange(self.server, request("/flow?bytes=20000000") + LAST)
        self.assertEqual(len(answers[0].body), 20_000_000)

    def test_a_generator_is_a_stream(self):
        self.assertEqual(self.ask("/result/generator").body, b"one two three")


class Pipelining(ServedCase):
    def test_answers_come_in_the_order_of_the_requests(self):
        data = b"".join(request(f"/path/int64/{i}") for i in range(500))
        answers = exchange(self.server, data + LAST)
        self.assertEqual([json.loads(answer.body).get("value") for answer in answers[:-1]], list(range(500)))

    def test_a_slow_request_holds_back_those_behind_it(self):
        data = (request("/path/int64/1") + request("/slow?time=50ms") + request("/path/int64/2")
                + request("/text", "POST", body=b"three") + request("/stream") + request("/path/int64/4"))
        answers = split_exchange(self.server, data + LAST)
        self.assertEqual([answer.body for answer in answers[:-1]],
                         [b'{"value":1}', b"slept", b'{"value":2}', b"three", b"piece 0\npiece 1\npiece 2\n",
                          b'{"value":4}'])

    def test_answers_to_requests_that_came_together_leave_together(self):
        with self.connect() as connection:
            connection.send(b"".join(request("/result/string") for _ in range(100)))
            for _ in range(100):
                self.assertEqual(connection.response().body, b"text")
            self.assertLessEqual(data_segments_received(connection.socket), 5)

    def test_an_error_in_the_middle_ends_the_connection_after_its_answer(self):
        good, bad = request("/result/string"), b"GET /result/string HTTP/1.1\r\nHost : a\r\n\r\n"
        answers = split_exchange(self.server, good + good + bad + request("/smuggled") + LAST)
        self.assertEqual([answer.status for answer in answers], [200, 200, 400])
        self.assertEqual(self.ask_json("/smuggled/count")["count"], 0)

    def test_nothing_after_connection_close_is_carried_out(self):
        data = request("/result/string", headers=("Connection: close",)) + request("/smuggled")
        self.assertEqual(len(split_exchange(self.server, data)), 1)
        self.assertEqual(self.ask_json("/smuggled/count")["count"], 0)

    def test_a_client_that_half_closes_gets_all_answers(self):
        with self.connect() as connection:
            connection.send(request("/result/string") * 3)
            connection.finish_sending()
            self.assertEqual([answer.body for answer in connection.responses_to_the_end()], [b"text"] * 3)

    def test_many_more_requests_than_fit_into_buffers(self):
        # The client writes on and on before it reads: the server must not deadlock and not lose its place.
        count = 20_000
        data = request("/path/int64/123456789")
        with self.connect() as connection:
            connection.socket.setblocking(False)
            to_send, received = data * count, b""
            while received.count(b"HTTP/1.1 200 OK\r\n") < count:
                try:
                    to_send = to_send[connection.socket.send(to_send[:1 << 20]):] if to_send else b""
                except BlockingIOError:
                    pass
                try:
                    received += connection.socket.recv(1 << 20)
                except BlockingIOError:
                    connection.socket.setblocking(True)
                    connection.socket.settimeout(connection.timeout)
                    received += connection.socket.recv(1 << 20)
                    connection.socket.setblocking(False)
            self.assertEqual(received.count(b'{"value":123456789}'), count)


def data_segments_received(connection) -> int:
    """tcpi_data_segs_in of Linux's struct tcp_info."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("I", info, 152)[0]

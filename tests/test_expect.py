"""Expect: 100-continue (RFC 9110 section 10.1.1): a body is asked for once it is wanted, and not before."""

from harness import LAST, ServedCase, exchange, request

EXPECT = "Expect: 100-continue"


class Expect(ServedCase):
    def announce(self, target, length, *headers):
        connection = self.connect()
        connection.send(request(target, "POST", (f"Content-Length: {length}", EXPECT, *headers)))
        return connection

    def test_the_body_is_asked_for_by_a_handler_that_wants_it(self):
        for target in ("/text", "/sink", "/guarded/secret"):
            with self.subTest(target):
                connection = self.announce(target, 5, "Authorization: Bearer please")
                self.assertEqual(connection._line(), b"HTTP/1.1 100 Continue")
                self.assertEqual(connection._line(), b"")
                connection.send(b"hello" + LAST)
                answers = connection.responses_to_the_end()
                self.assertEqual([answer.status for answer in answers], [200, 404])
                self.assertEqual(answers[0].interim, [])

    def test_the_body_is_asked_for_before_json_is_read(self):
        connection = self.announce("/json", 23)
        self.assertEqual(connection._line(), b"HTTP/1.1 100 Continue")
        self.assertEqual(connection._line(), b"")
        connection.send(b'{"customer":"somebody"}')
        self.assertEqual(connection.response().status, 200)

    def test_a_chunked_body_is_asked_for_as_well(self):
        connection = self.connect()
        connection.send(request("/text", "POST", ("Transfer-Encoding: chunked", "Expect: 100-Continue")))
        self.assertEqual(connection._line(), b"HTTP/1.1 100 Continue")
        self.assertEqual(connection._line(), b"")
        connection.send(b"5\r\nhello\r\n0\r\n\r\n")
        self.assertEqual(connection.response().body, b"hello")

    def test_a_refusal_comes_before_the_body(self):
        for target, length, status in (("/nowhere", 5, 404), ("/result/string", 5, 405), ("/sink/small", 1000, 413),
                                       ("/text", 1 << 40, 413), ("/guarded/secret", 5, 401),
                                       ("/ignore/stream", 5, 200), ("/ignore/task", 5, 200), ("/ignore", 5, 200)):
            with self.subTest(target):
                connection = self.announce(target, length)
                answer = connection.response()
                self.assertEqual((answer.status, answer.interim), (status, []))
                # The client may send the body or not: nothing could tell the body from a request. So it ends here.
                self.assertTrue(answer.closes)
                self.assertTrue(connection.closed())

    def test_a_body_that_comes_without_waiting_is_taken(self):
        data = request("/text", "POST", (EXPECT,), b"hello")
        answers = exchange(self.server, data + LAST)
        self.assertEqual([(answer.status, answer.body) for answer in answers][0], (200, b"hello"))
        self.assertEqual(len(answers), 2)

    def test_it_means_nothing_without_a_body_and_in_http_1_0(self):
        answers = exchange(self.server, request("/result/string", headers=(EXPECT,)) + LAST)
        self.assertEqual([(answer.status, answer.interim) for answer in answers], [(200, []), (404, [])])
        connection = self.connect()
        connection.send(request("/text", "POST", (EXPECT, "Content-Length: 5"), version="HTTP/1.0"))
        connection.send(b"hello")
        answer = connection.response()
        self.assertEqual((answer.body, answer.interim), (b"hello", []))

    def test_another_expectation_fails(self):
        for value in ("200-ok", "100-continue, x", "100-continue=1"):
            with self.subTest(value):
                answers = exchange(self.server, request("/text", "POST", ("Expect: " + value,), b"hello") + LAST)
                self.assertEqual([answer.status for answer in answers], [417])


class ExpectOfAStream(ServedCase):
    program = "echo"

    def test_no_100_lands_inside_of_an_answer(self):
        size = 300_000
        connection = self.connect()
        connection.send(request("/big", "POST", (f"Content-Length: {size}", EXPECT)))
        self.assertEqual(connection._line(), b"HTTP/1.1 100 Continue")
        self.assertEqual(connection._line(), b"")
        connection.send(b"x" * size)
        self.assertEqual(connection.response().body, b"x" * size)

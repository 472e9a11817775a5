"""Server-sent events over a raw socket: format, heartbeat, resuming, slow and vanishing clients, drain; streamed JSON."""

import json
import signal
import time

from harness import Connection, Program, ServedCase, eventually, patience, request, sanitizer


class EventStream:
    """A client that reads events as they come."""

    def __init__(self, where, target, last_id=None, receive_buffer=None):
        self.connection = Connection(where, receive_buffer=receive_buffer)
        headers = ("Accept: text/event-stream",) + ((f"Last-Event-ID: {last_id}",) if last_id is not None else ())
        self.connection.send(request(target, headers=headers))
        self.raw = b""
        while b"\r\n\r\n" not in self.raw:
            self._fill()
        head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        self.text = b""
        self.ended = False  # by the last chunk
        self.comments = 0

    def _fill(self):
        data = self.connection.socket.recv(65536)
        if not data:
            raise EOFError
        self.raw += data

    def _chunk(self):
        while True:
            end = self.raw.find(b"\r\n")
            if end >= 0:
                size = int(self.raw[:end], 16)
                if size == 0:
                    self.ended = True
                    raise EOFError
                if len(self.raw) >= end + size + 4:
                    self.text += self.raw[end + 2:end + 2 + size]
                    self.raw = self.raw[end + 4 + size:]
                    return
            self._fill()

    def block(self):
        """The lines up to the next empty one."""
        while b"\n\n" not in self.text:
            self._chunk()
        block, self.text = self.text.split(b"\n\n", 1)
        return block.decode().split("\n")

    def event(self):
        """The next event as {field: value}; comments are counted."""
        while True:
            fields = {}
            for line in self.block():
                name, _, value = line.partition(":")
                if not name:
                    self.comments += 1
                    continue
                value = value.removeprefix(" ")
                fields[name] = fields[name] + "\n" + value if name == "data" and name in fields else value
            if "data" in fields:
                return fields

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Events(ServedCase):
    def stream(self, target, **options):
        stream = EventStream(self.server, target, **options)
        self.addCleanup(stream.close)
        return stream

    def publish(self, data, event=""):
        answer = self.ask("/events/hub", method="POST", body=json.dumps({"data": data, "event": event}).encode())
        self.assertEqual(answer.status, 204)

    def wait_for_subscribers(self, count):
        eventually(lambda: self.ask_json("/events/hub/facts")["subscribers"] == count, f"{count} subscribers")

    def test_the_head_is_that_of_an_event_stream(self):
        head = self.stream("/events/quiet").head.lower()
        for line in ("http/1.1 200 ok", "content-type: text/event-stream", "cache-control: no-cache",
                     "transfer-encoding: chunked"):
            self.assertIn(line, head)

    def test_a_generator_of_events_ends_with_the_stream(self):
        answer = self.ask("/events/three")
        self.assertEqual(answer.body, b":\n\n" + b"".join(b"event: count\nid: %d\ndata: event %d\n\n" % (i, i)
                                                          for i in (1, 2, 3)))

    def test_all_fields_and_lines_arrive(self):
        self.assertEqual(self.ask("/events/all-fields").body,
                         b":\nretry: 100\n\n"
                         b"event: kind\nid: id 1\nretry: 5000\ndata: one\ndata: two\ndata: three\ndata: four\ndata: \n\n")

    def test_no_field_forges_another(self):
        answer = self.ask("/events/forged")
        self.assertNotIn(b"forged", answer.body)
        self.assertFalse(answer.complete)

    def test_a_heartbeat_comes_while_nothing_happens(self):
        stream = self.stream("/events/quiet")
        self.assertEqual(stream.event()["data"], "hello ")
        for _ in range(3):
            self.assertEqual(stream.block(), [":"])

    def test_a_client_that_goes_ends_its_function(self):
        for target in ("/events/quiet", "/events/silent"):
            before = int(self.ask("/events/ended").body)
            stream = self.stream(target)
            stream.event()
            stream.connection.vanish()
            eventually(lambda: int(self.ask("/events/ended").body) == before + 1, "the end of the function")

    def test_the_last_id_is_known(self):
        self.assertEqual(self.stream("/events/quiet", last_id="7").event()["data"], "hello 7")

    def test_every_subscriber_gets_every_event(self):
        streams = [self.stream("/events/hub") for _ in range(8)]
        self.wait_for_subscribers(8)
        for i in range(5):
            self.publish(f"news {i}", "weather")
        for stream in streams:
            for i in range(5):
                event = stream.event()
                self.assertEqual((event["data"], event["event"]), (f"news {i}", "weather"))
        for stream in streams:
            stream.close()
        self.wait_for_subscribers(0)

    def test_what_is_published_before_the_head_is_sent_arrives(self):
        with self.stream("/events/hub/at-once") as stream:
            self.assertEqual(stream.event()["data"], "at once")
        self.wait_for_subscribers(0)

    def test_a_client_that_comes_back_gets_what_it_missed(self):
        stream = self.stream("/events/hub")
        self.wait_for_subscribers(1)
        self.publish("one")
        last = stream.event()["id"]
        stream.close()
        self.wait_for_subscribers(0)
        for text in ("two", "three"):
            self.publish(text)
        again = self.stream("/events/hub", last_id=last)
        self.assertEqual([again.event()["data"] for _ in range(2)], ["two", "three"])
        again.close()
        # An id of another process, or none at all that makes sense: everything that is kept.
        for i in range(12):
            self.publish(f"kept {i}")
        for odd in ("0-5", "nonsense", last.split("-")[0] + "-99999", last.split("-")[0] + "-"):
            with self.stream("/events/hub", last_id=odd) as stranger:
                self.assertEqual([stranger.event()["data"] for _ in range(10)], [f"kept {i}" for i in range(2, 12)])
        self.wait_for_subscribers(0)

    def test_a_slow_subscriber_skips_or_is_cut_and_costs_no_memory(self):
        slow = self.stream("/events/hub", receive_buffer=4096)
        strict = self.stream("/events/hub/strict", receive_buffer=4096)
        self.wait_for_subscribers(2)
        before = self.server.resident_kib()
        for _ in range(20):
            self.ask("/events/hub/flood/100", method="POST")
        if not sanitizer():  # which keep what was freed
            self.assertLess(self.server.resident_kib() - before, 64 * 1024)
        self.publish("the end")
        numbers = []
        while True:
            event = slow.event()
            numbers.append(int(event["id"].split("-")[1]))
            if event["data"] == "the end":
                break
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(self.ask_json("/events/hub/facts")["skipped"], 0)
        with self.assertRaises(EOFError):
            while True:
                strict.event()
        self.assertTrue(strict.ended)
        slow.close()
        self.wait_for_subscribers(0)

    def test_an_old_client_gets_a_stream_without_chunks(self):
        with self.connect() as connection:
            connection.send(request("/events/three", version="HTTP/1.0"))
            answer = connection.response()
        self.assertTrue(answer.closes)
        self.assertIn(b"data: event 3", answer.body)


class Drain(ServedCase):
    def test_a_stop_ends_the_streams_properly_and_soon(self):
        with Program("probe") as server:
            streams = [EventStream(server, target) for target in ("/events/hub", "/events/silent", "/events/hub")]
            streams[1].event()
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            for stream in streams:
                with self.assertRaises(EOFError):
                    while True:
                        stream.event()
                self.assertTrue(stream.ended)
                stream.close()
            self.assertEqual(server.wait(), 0)
            self.assertLess(time.monotonic() - began, patience(5))


class Rows(ServedCase):
    def test_they_are_lines_unless_the_client_wants_json(self):
        lines = b'{"number":0,"text":"row"}\n{"number":1,"text":"row"}\n'
        array = b'[{"number":0,"text":"row"},{"number":1,"text":"row"}]'
        for accept, expected in ((None, lines), ("*/*", lines), ("application/x-ndjson", lines), ("text/html", lines),
                                 ("application/json", array), ("application/json, */*;q=0.1", array),
                                 ("application/json;q=0.5, application/x-ndjson", lines),
                                 ("application/jsonl, application/json", lines), ("application/*", lines)):
            with self.subTest(accept):
                answer = self.ask("/rows/2", headers=(f"Accept: {accept}",) if accept else ())
                self.assertEqual(answer.body, expected)
                self.assertEqual(answer.get("content-type"),
                                 "application/json" if expected == array else "application/x-ndjson")
        self.assertEqual(self.ask("/rows/always", headers=("Accept: application/json",)).body, lines)
        self.assertEqual(self.ask("/rows/0", headers=("Accept: application/json",)).body, b"[]")
        self.assertEqual(self.ask("/rows/0").body, b"")

    def test_many_arrive_whole(self):
        for form in ("application/x-ndjson", "application/json"):
            body = self.ask("/rows/200000", headers=(f"Accept: {form}",)).body
            rows = json.loads(body) if form.endswith("/json") else [json.loads(line) for line in body.splitlines()]
            self.assertEqual([row["number"] for row in rows], list(range(200_000)))

    def test_what_has_come_is_sent_while_the_rest_is_waited_for(self):
        with self.connect() as connection:
            connection.send(request("/rows/5/wait/3"))
            got = b""
            while b'"number":2' not in got:
                got += connection.socket.recv(65536)
        self.assertNotIn(b'"number":3', got)
        eventually(lambda: self.in_flight() == 0, "the end of the stream")

    def test_a_failure_before_anything_was_sent_is_an_answer(self):
        answer = self.ask("/rows/broken/at-once")
        self.assertEqual((answer.status, answer.get("content-type")), (404, "application/problem+json"))
        self.assertTrue(answer.complete)
        self.assertIsNone(answer.get("transfer-encoding"))

    def test_a_failure_breaks_the_connection_off(self):
        answer = self.ask("/rows/broken", headers=("Accept: application/json",))
        self.assertFalse(answer.complete)

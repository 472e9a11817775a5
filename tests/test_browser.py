"""Chromium against the service: EventSource with its resuming, CORS as a browser enforces it, the newsroom's page."""

import contextlib
import json
import socket
import threading
import unittest

from harness import Browser, Connection, Program, eventually, request

# What a page that watches keeps: every event with its id, in order.
WATCH = """
window.seen = [];
window.opened = 0;
window.source = new EventSource('/events/hub');
source.onopen = () => { opened += 1; };
source.onmessage = (event) => seen.push([event.data, event.lastEventId]);
source.addEventListener('weather', (event) => seen.push(['weather: ' + event.data, event.lastEventId]));
"""
CORS = """
httpServer:
  middlewares:
    requestId: {enabled: true}
    cors: {origins: ['%s'], credentials: %s, exposedHeaders: [X-Request-Id]}
"""


def setUpModule():
    global browser
    browser = Browser()
    browser.__enter__()


def tearDownModule():
    browser.close()


def ask(server, target, method="GET", value=None):
    with Connection(server) as connection:
        body = b"" if value is None else json.dumps(value).encode()
        connection.send(request(target, method, ("Connection: close", "Content-Type: application/json"), body))
        return connection.response(method)


class Relay:
    """Passes connections on to a port, until it is cut: then they break, and new ones are closed at once."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open = set()
        self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._is_cut:
                    client.close()
                    continue
                try:
                    service = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    client.close()
                    continue
                self._open |= {client, service}
            for source, target in ((client, service), (service, client)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self):
        with self._lock:
            self._is_cut = True
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def resume(self, port=None):
        """`port`: to another service from now on."""
        with self._lock:
            self._is_cut = False
            self._target = port or self._target

    def close(self):
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                each.close()


class BrowserCase(unittest.TestCase):
    def serve(self, *arguments, program="probe", **options):
        server = Program(program, *arguments, **options)
        server.__enter__()
        stopped = []

        def stop():
            if not stopped:
                stopped.append(True)
                server.__exit__(None, None, None)

        self.addCleanup(stop)
        server.stop_now = stop
        return server

    def tab(self, server, path="/path/string/page", host="127.0.0.1"):
        tab = browser.open(f"http://{host}:{server.port}{path}")
        self.addCleanup(tab.close)
        return tab


class EventSources(BrowserCase):
    def publish(self, server, data, event=""):
        self.assertEqual(ask(server, "/events/hub", "POST", {"data": data, "event": event}).status, 204)

    def subscribed(self, server, count):
        eventually(lambda: json.loads(ask(server, "/events/hub/facts").body)["subscribers"] == count, f"{count} subscribers", 30)

    def test_events_arrive_with_their_types_ids_and_lines(self):
        server = self.serve()
        tab = self.tab(server)
        tab.evaluate(WATCH)
        self.subscribed(server, 1)
        self.publish(server, "one\ntwo")
        self.publish(server, "fog \u2028 and \U0001f327", "weather")
        tab.wait_for("seen.length === 2")
        seen = tab.evaluate("seen")
        self.assertEqual([data for data, _ in seen], ["one\ntwo", "weather: fog \u2028 and \U0001f327"])
        ids = [identity.rpartition("-") for _, identity in seen]
        self.assertEqual(ids[0][0], ids[1][0])
        self.assertEqual(int(ids[1][2]), int(ids[0][2]) + 1)
        self.assertEqual(tab.evaluate("opened"), 1)
        tab.evaluate("source.close()")
        self.subscribed(server, 0)

    def test_a_connection_that_breaks_is_resumed_without_a_hole(self):
        """Between browser and service stands a relay that is cut, so that events come while nobody listens."""
        server = self.serve()
        relay = Relay(server.port)
        self.addCleanup(relay.close)
        tab = self.tab(relay)
        tab.evaluate(WATCH)
        self.subscribed(server, 1)
        self.publish(server, "before")
        tab.wait_for("seen.length === 1")
        relay.cut()
        self.subscribed(server, 0)
        for text in ("missed one", "missed two"):
            self.publish(server, text)
        relay.resume()
        tab.wait_for("seen.length === 3", 60)
        self.publish(server, "after")
        tab.wait_for("seen.length === 4")
        self.assertEqual(tab.evaluate("seen.map((each) => each[0])"), ["before", "missed one", "missed two", "after"])
        numbers = [int(identity.rpartition("-")[2]) for identity in tab.evaluate("seen.map((each) => each[1])")]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))
        tab.evaluate("source.close()")

    def test_it_comes_back_by_itself_after_a_restart(self):
        server = self.serve()
        relay = Relay(server.port)  # keeps the address
        self.addCleanup(relay.close)
        tab = self.tab(relay)
        tab.evaluate(WATCH)
        self.subscribed(server, 1)
        self.publish(server, "before")
        tab.wait_for("seen.length === 1")
        server.stop_now()  # drains: the stream ends properly, and the browser must not give up
        tab.wait_for("source.readyState === EventSource.CONNECTING")
        again = self.serve()
        self.publish(again, "while nobody listened")
        relay.resume(again.port)
        self.subscribed(again, 1)
        tab.wait_for("seen.length === 2", 60)
        self.publish(again, "after")
        tab.wait_for("seen.length === 3")
        self.assertEqual(tab.evaluate("seen.map((each) => each[0])"), ["before", "while nobody listened", "after"])
        tab.evaluate("source.close()")

    def test_the_browser_says_the_last_id_it_saw(self):
        server = self.serve()
        tab = self.tab(server)
        # Each stream ends after its first event; the browser comes back with the id of it.
        tab.evaluate("""
          window.heads = [];
          window.source = new EventSource('/events/returning');
          source.onmessage = (event) => heads.push(event.data);
        """)
        tab.wait_for("heads.length >= 2", 60)
        self.assertEqual(tab.evaluate("heads.slice(0, 2)"), ["came with ''", "came with 'id 1'"])
        tab.evaluate("source.close()")


class Origins(BrowserCase):
    """A page of one origin calls the service at another; the browser judges by the service's headers."""

    def setUp(self):
        self.page = self.serve()
        self.origin = f"http://127.0.0.1:{self.page.port}"

    def api(self, origin, credentials="false"):
        return self.serve(config=CORS % (origin, credentials))

    def fetch(self, tab, api, path, options="{}"):
        """[status, body, X-Request-Id], or what the browser threw instead."""
        return tab.evaluate(f"""fetch('http://127.0.0.1:{api.port}{path}', {options}).then(
          async (answer) => [answer.status, await answer.text(), answer.headers.get('X-Request-Id'), answer.headers.get('Date')],
          (error) => error.name)""")

    def test_an_allowed_origin_reads_answers_and_exposed_headers(self):
        api = self.api(self.origin)
        status, body, request_id, date = self.fetch(self.tab(self.page), api, "/path/string/read")
        self.assertEqual((status, json.loads(body)), (200, {"value": "read"}))
        self.assertRegex(request_id, "^[0-9a-f]{32}$")
        self.assertIsNone(date)  # not among the exposed ones

    def test_an_allowed_origin_passes_the_preflight(self):
        api = self.api(self.origin)
        tab = self.tab(self.page)
        options = """{method: 'POST', headers: {'Content-Type': 'application/json', 'X-Own': '1'},
                     body: JSON.stringify({data: 'from afar', event: ''})}"""
        self.assertEqual(self.fetch(tab, api, "/events/hub", options)[0], 204)
        # A method that the address does not have is refused by the preflight already.
        self.assertEqual(self.fetch(tab, api, "/events/hub", "{method: 'DELETE'}"), "TypeError")

    def test_another_origin_is_blocked_and_its_request_is_not_even_sent_after_the_preflight(self):
        api = self.api("https://elsewhere.example")
        tab = self.tab(self.page)
        self.assertEqual(self.fetch(tab, api, "/path/string/read"), "TypeError")
        options = "{method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{\"data\":\"x\",\"event\":\"\"}'}"
        self.assertEqual(self.fetch(tab, api, "/events/hub", options), "TypeError")
        # The hub keeps what was published: nothing was.
        own = self.tab(api)
        own.evaluate(WATCH)
        own.wait_for("opened === 1")
        self.assertEqual(ask(api, "/events/hub", "POST", {"data": "own", "event": ""}).status, 204)
        own.wait_for("seen.length >= 1")
        self.assertEqual(own.evaluate("seen.map((each) => each[0])"), ["own"])
        self.assertTrue(own.evaluate("seen[0][1]").endswith("-1"), own.evaluate("seen"))
        own.evaluate("source.close()")

    def test_the_other_host_name_of_the_same_machine_is_another_origin(self):
        api = self.api(self.origin)
        tab = self.tab(self.page, host="localhost")
        self.assertEqual(self.fetch(tab, api, "/path/string/read"), "TypeError")

    def test_credentials_pass_only_where_they_are_allowed(self):
        with_credentials = "{credentials: 'include'}"
        plain = self.api(self.origin)
        allowed = self.api(self.origin, "true")
        tab = self.tab(self.page)
        self.assertEqual(self.fetch(tab, plain, "/path/string/read", with_credentials), "TypeError")
        self.assertEqual(self.fetch(tab, plain, "/path/string/read")[0], 200)
        self.assertEqual(self.fetch(tab, allowed, "/path/string/read", with_credentials)[0], 200)

    def test_cookies_go_along_only_when_the_page_says_so(self):
        api = self.api(self.origin, "true")
        tab = self.tab(self.page)
        tab.evaluate("document.cookie = 'session=of-the-page; path=/'")  # of the host, whatever the port
        self.addCleanup(tab.evaluate, "document.cookie = 'session=; path=/; max-age=0'")
        self.assertIn("of-the-page", self.fetch(tab, api, "/cookies", "{credentials: 'include'}")[1])
        self.assertNotIn("of-the-page", self.fetch(tab, api, "/cookies")[1])

    def test_events_cross_origins_where_they_are_allowed(self):
        tab = self.tab(self.page)
        for origin, state in ((self.origin, "OPEN"), ("https://elsewhere.example", "CLOSED")):
            api = self.api(origin)
            tab.evaluate(WATCH.replace("/events/hub", f"http://127.0.0.1:{api.port}/events/hub"))
            tab.wait_for(f"source.readyState === EventSource.{state}")
            self.assertEqual(tab.evaluate("opened"), int(state == "OPEN"))
            tab.evaluate("source.close()")

    def test_failures_can_be_read_too(self):
        api = self.api(self.origin)
        status, body, *_ = self.fetch(self.tab(self.page), api, "/path/int8/x")
        self.assertEqual((status, json.loads(body)["status"]), (400, 400))


class Newsroom(BrowserCase):
    def test_a_comment_in_one_tab_appears_in_the_other(self):
        server = self.serve(program="newsroom")
        article = json.loads(ask(server, "/articles").body)["articles"][0]["id"]
        reader, writer = (self.tab(server, f"/#/articles/{article}") for _ in range(2))
        for tab in (reader, writer):
            tab.wait_for("document.getElementById('live').classList.contains('on')")
        text = "Is it <b>true</b>? & \u00fcber"
        writer.evaluate(f"""
          const form = document.getElementById('comment');
          form.author.value = 'Ada';
          form.text.value = {json.dumps(text)};
          form.requestSubmit();
        """)
        shown = "[...document.querySelectorAll('#comments li p')].map((each) => each.textContent)"
        for tab in (reader, writer):
            tab.wait_for(f"{shown}.length === 1")
            self.assertEqual(tab.evaluate(shown), [text])
            self.assertEqual(tab.evaluate("document.querySelectorAll('#comments b').length"), 1)  # the author's name alone
        self.assertEqual(reader.evaluate("document.querySelector('#comments li').className"), "new")
        self.assertEqual(writer.evaluate("document.getElementById('comment').text.value"), "")

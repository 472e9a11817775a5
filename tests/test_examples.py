"""The examples do what their pages say."""

import json
import threading
import unittest
import urllib.parse

from harness import Connection, Program, ServedCase, eventually, exchange, patience, request, run_once
from harness.centres import Fake


class Hello(ServedCase):
    program = "hello"

    def test_it_answers_exactly_these_bytes(self):
        answer = self.ask("/hello")
        self.assertEqual(answer.body, b'{"id":12345,"title":"hello world","author":"someone","tags":["a","b","c"],'
                                      b'"published":true,"n":1}')
        self.assertEqual((answer.status, answer.get("content-type")), (200, "application/json"))


class Echo(ServedCase):
    program = "echo"

    def test_it_answers_what_it_received_at_any_address(self):
        for method in ("POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "TRACE"):
            for target in ("/", "/a/b/c?d=e", "/%20/x/"):
                with self.subTest(method, target=target):
                    answer = self.ask(target, method=method, body=b"\0body\xff")
                    self.assertEqual((answer.status, answer.body), (200, b"\0body\xff"))
                    self.assertEqual(answer.get("content-type"), "application/octet-stream")

    def test_inspect_shows_the_request(self):
        seen = self.ask_json("/inspect?a=b", method="PUT", headers=("X-A: 1", "X-A: 2"))
        self.assertEqual((seen["method"], seen["path"], seen["query"]), ("PUT", "/inspect", "a=b"))
        self.assertEqual([field["value"] for field in seen["headers"] if field["name"] == "X-A"], ["1", "2"])


class Newsroom(ServedCase):
    program = "newsroom"
    ARTICLE = {"title": "Fog", "author": "me", "body": "Nothing seen.", "tags": ["weather"]}

    def send(self, method, target, value):
        return self.ask(target, method=method, body=json.dumps(value).encode(),
                        headers=("Content-Type: application/json",))

    def test_the_front_page_is_html(self):
        answer = self.ask("/")
        self.assertEqual((answer.status, answer.get("content-type")), (200, "text/html; charset=utf-8"))
        self.assertIn(b"The Newsroom", answer.body)
        self.assertEqual(self.ask("/newsroom.js").get("content-type"), "text/javascript; charset=utf-8")
        self.assertEqual(self.ask("/../main.cpp").status, 400)

    def test_comments_are_kept_and_sent_live(self):
        with Connection(self.server) as watching:
            watching.send(request("/articles/2/comments/live"))
            seen = watching.socket.recv(65536)
            said = self.send("POST", "/articles/2/comments", {"author": "Ada", "text": "First!"})
            self.assertEqual(said.status, 200)
            while b"First!" not in seen:
                piece = watching.socket.recv(65536)
                self.assertTrue(piece, seen)
                seen += piece
        self.assertIn(b"event: comment", seen)
        self.assertEqual([each["text"] for each in self.ask_json("/articles/2/comments")], ["First!"])
        self.assertEqual(self.ask("/articles/999999/comments/live").status, 404)
        self.assertEqual(self.send("POST", "/articles/2/comments", {"author": "", "text": "x"}).status, 422)

    def test_pictures_are_what_their_bytes_say(self):
        def upload(content):
            body = (b'--b\r\nContent-Disposition: form-data; name=picture; filename=x.png\r\nContent-Type: image/png\r\n\r\n'
                    + content + b"\r\n--b--\r\n")
            return self.ask("/articles/1/picture", method="POST", body=body,
                            headers=("Content-Type: multipart/form-data; boundary=b",))
        self.assertEqual(upload(b"<script>alert(1)</script>").status, 400)
        self.assertEqual(self.ask("/articles/1/picture").status, 404)
        self.assertEqual(upload(b"GIF89a and so on").status, 204)
        answer = self.ask("/articles/1/picture")
        self.assertEqual((answer.get("content-type"), answer.body), ("image/gif", b"GIF89a and so on"))

    def test_an_import_tells_its_progress_and_its_mistakes(self):
        def run(lines):
            begun = self.ask("/imports", method="POST", body="\n".join(lines).encode())
            self.assertEqual(begun.status, 202)
            eventually(lambda: self.ask_json(begun.get("location"))["state"] != "running", "the end of the import")
            return self.ask_json(begun.get("location"))
        line = json.dumps(self.ARTICLE)
        done = run([line] * 3)
        self.assertEqual((done["state"], done["result"]), ("done", {"articles": 3}))
        failed = run([line, "", '{"title":""}'])
        self.assertEqual(failed["state"], "failed")
        self.assertIn("line 3", failed["error"])

    def test_it_begins_with_samples_newest_first(self):
        page = self.ask_json("/articles?size=3")
        self.assertEqual((page["page"], len(page["articles"])), (1, 3))
        self.assertGreaterEqual(page["total"], 6)
        ids = [article["id"] for article in page["articles"]]
        self.assertEqual(ids, sorted(ids, reverse=True))

    def test_pages_follow_one_another_without_gap(self):
        total = self.ask_json("/articles")["total"]
        pages = self.ask_json("/articles?size=2")["pages"]
        self.assertEqual(pages, (total + 1) // 2)
        ids = [article["id"] for page in range(1, pages + 1)
               for article in self.ask_json(f"/articles?size=2&page={page}")["articles"]]
        self.assertEqual(len(set(ids)), total)
        self.assertEqual(self.ask_json(f"/articles?size=2&page={pages + 1}")["articles"], [])

    def test_an_article_lives_from_writing_to_removal(self):
        answer = self.send("POST", "/articles", self.ARTICLE)
        article = json.loads(answer.body)
        self.assertEqual((answer.status, answer.get("location")), (201, f"/articles/{article['id']}"))
        where = answer.get("location")
        self.assertEqual(self.ask_json(where), article)
        self.assertRegex(article["published_on"], r"^\d{4}-\d\d-\d\d$")

        changed = json.loads(self.send("PUT", where, dict(self.ARTICLE, title="Sun")).body)
        self.assertEqual((changed["title"], changed["revision"]), ("Sun", 2))
        self.assertEqual(self.ask_json(where)["title"], "Sun")

        answer = self.ask(where, method="DELETE")
        self.assertEqual((answer.status, answer.body), (204, b""))
        for method in ("GET", "DELETE"):
            self.assertEqual(self.ask(where, method=method).status, 404)
        self.assertEqual(self.send("PUT", where, self.ARTICLE).status, 404)

    def test_search_finds_all_words_in_any_case(self):
        found = self.ask_json("/articles/search?q=BEES+opera")["articles"]
        self.assertEqual([article["title"] for article in found], ["Bees return to the roof of the opera"])
        self.assertEqual(self.ask_json("/articles/search?q=bees+nowhere")["total"], 0)
        self.assertEqual(self.ask_json("/articles?tag=railway")["total"], 1)

    def test_everything_that_is_wrong_is_told_at_once(self):
        answer = self.send("POST", "/articles", {"title": "", "body": "x" * 20_001, "tags": ["Not a tag"]})
        self.assertEqual(answer.status, 422)
        pointers = {error["pointer"] for error in json.loads(answer.body)["errors"]}
        self.assertEqual(pointers, {"#/title", "#/author", "#/body", "#/tags/0"})
        self.assertEqual(self.ask("/articles?size=1000&page=0").status, 400)
        self.assertEqual(self.ask("/articles/search").status, 400)
        self.assertEqual(self.ask("/articles/one").status, 400)

    def test_health_shows_the_store(self):
        answer = self.ask("/health", port=self.server.ops_port)
        self.assertEqual(answer.status, 200)
        self.assertEqual(json.loads(answer.body)["components"]["store"]["status"], "UP")

    def test_it_keeps_its_place_on_a_connection(self):
        connection = self.connect()
        for _ in range(3):
            connection.send(request("/articles") + request("/articles/1") + request("/articles/999999"))
            self.assertEqual([connection.response().status for _ in range(3)], [200, 200, 404])


class SmallNewsroom(ServedCase):
    program = "newsroom"
    arguments = ("--set", "store.samples=false", "--set", "store.maxArticles=1")

    def test_it_refuses_more_than_it_may_hold(self):
        body = json.dumps(Newsroom.ARTICLE).encode()
        self.assertEqual(self.ask_json("/articles")["total"], 0)
        self.assertEqual(self.ask("/articles", method="POST", body=body).status, 201)
        self.assertEqual(self.ask("/articles", method="POST", body=body).status, 429)


class Tour(ServedCase):
    program = "tour"

    def send(self, target, value=None):
        return self.ask(target, method="POST", body=b"" if value is None else json.dumps(value).encode())

    def test_its_own_checks_hold(self):
        code, output, errors = run_once("tour", "check")
        self.assertEqual(code, 0, output + errors)

    def test_a_booking_comes_back_as_it_was_sent(self):
        booking = {"event": "opera", "area": "circle", "seats": ["C14", "C15"],
                   "payment": {"type": "card", "number": "123456789012"}, "holdFor": "90s", "extras": {"programme": 2}}
        answer = self.send("/bookings", booking)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(json.loads(answer.body)["seats"], ["C14", "C15"])
        self.assertEqual(self.send("/bookings", dict(booking, seats=["14C"])).status, 422)

    def test_seats_are_sold_until_they_are_too_many(self):
        sale = json.loads(self.send("/sales", {"seats": 2}).body)
        self.assertEqual(sale["house"], "Old Theatre")
        self.assertEqual(self.send(f"/sales/{sale['number']}/pay").status, 204)
        self.assertEqual(self.send("/sales/999999/pay").status, 404)
        self.assertEqual(self.send("/sales", {"seats": 7}).status, 400)

    def test_prices_are_asked_for_side_by_side(self):
        self.assertEqual(self.ask("/offer?event=opera").status, 200)
        self.assertEqual(self.ask("/orders/sum?events=opera&events=circus").status, 200)


class Gateway(unittest.TestCase):
    """Two programs: one plays the services, the other puts the pages together."""

    def run(self, result=None):
        with Program("gateway") as self.services:
            behind = f"http://127.0.0.1:{self.services.port}"
            clients = "".join(f"  - {{ name: {name}, baseUrl: \"{behind}\" }}\n" for name in ("stories", "comments", "ratings"))
            pages = f"pages: {{ patience: {patience(0.05) * 1000:.0f}ms, hedge: {{ delay: 20ms, percentile: 0 }} }}\n"
            with Program("gateway", config=f"httpClient:\n{clients}{pages}") as self.gateway:
                return super().run(result)

    def ask(self, program, target, method="GET", headers=(), body=b""):
        return exchange(program, request(target, method, ("Connection: close", *headers), body))[0]

    def stall(self, service, every, hold="60s"):
        body = json.dumps({"every": every, "hold": hold}).encode()
        answer = self.ask(self.services, f"/stall/{service}", "PUT", ("Content-Type: application/json",), body)
        self.assertEqual(answer.status, 204, answer.body)

    def page(self, number):
        return self.ask(self.gateway, f"/pages/{number}")

    def test_a_page_is_put_together_from_three_services(self):
        page = json.loads(self.page(7).body)
        self.assertEqual((page["story"]["title"], len(page["comments"]), page["stars"], page["missing"]), ("Story 7", 2, 0.7, []))
        self.assertEqual(self.page(0).status, 404)

    def test_it_goes_without_what_stalls_and_stops_asking_for_it(self):
        self.stall("ratings", 1)
        for _ in range(15):  # each page waits as long as it may, until the breaker opens
            page = json.loads(self.page(7).body)
            self.assertEqual((page["stars"], page["missing"]), (None, ["ratings"]))
        self.stall("ratings", 0)
        eventually(lambda: json.loads(self.page(7).body)["missing"] == [], "the breaker closes", 30)

    def test_a_story_that_is_late_is_asked_for_again(self):
        self.stall("stories", 2)  # of the first and the second request for a page only one is held
        for _ in range(5):
            self.assertEqual(json.loads(self.page(7).body)["story"]["id"], 7)


class Centre(unittest.TestCase):
    def test_a_company_s_own_centre_is_followed(self):
        news = threading.Condition()
        state = {"version": 1, "text": "greeting: { text: good morning }\n"}

        def answer(ask):
            if ask.headers["Authorization"] != "Bearer t0ken" or ask.path != "/v1/box-office":
                return 403, {}, "no"
            with news:
                after = urllib.parse.parse_qs(ask.query).get("after")
                if after and not news.wait_for(lambda: state["version"] > int(after[0]), 60):
                    return 204, {}, ""
                return 200, {"Content-Type": "application/json"}, json.dumps(state)

        def publish(text):
            with news:
                state.update(version=state["version"] + 1, text=text)
                news.notify_all()

        def greeting():
            with Connection(service) as connection:
                connection.send(request("/", headers=("Connection: close",)))
                return connection.response("GET").body

        with Fake(answer) as centre:
            with Program("centre", "-c", f"centre://127.0.0.1:{centre.port}/box-office?token=${{TOKEN}}", "-w", "true",
                         env={"TOKEN": "t0ken"}) as service:
                self.assertEqual(greeting(), b"good morning")
                publish("greeting: { text: good evening }\n")
                eventually(lambda: greeting() == b"good evening", "the new greeting")
                publish("greeting: { txt: wrong }\n")
                eventually(lambda: 'did you mean "text"' in service.output(), "a word about the mistake")
                self.assertIn("centre:/box-office:1:13", service.output())
                self.assertEqual(greeting(), b"good evening")
                publish("greeting: { text: good night }\n")
                eventually(lambda: greeting() == b"good night", "the newest greeting")

"""The code of docs/getting-started.md, docs/http-server.md and docs/requests.md does what the pages say (tools/check_docs.py sees to it that
they quote it)."""

import json
import subprocess

from harness import Authority, CallingCase, Program, ServedCase, bin_dir, eventually


class Book(ServedCase):
    program = "book"

    def test_greetings(self):
        self.assertEqual(self.ask_json("/hello/Ada"), {"text": "Hello, Ada", "length": 3})
        answer = self.ask("/guests", method="POST", body=b'{"name":"Ada","age":36}')
        self.assertEqual((answer.status, answer.get("location")), (201, "/guests/Ada"))
        answer = self.ask("/guests", method="POST", body=b'{"name":"","age":200}')
        self.assertEqual(answer.status, 422)
        self.assertEqual({error["pointer"] for error in json.loads(answer.body)["errors"]}, {"#/name", "#/age"})

    def test_parameters(self):
        report = self.ask_json("/users/ada/reports/7?page=2&tag=a&tag=b&order=oldest", headers=("X-Tenant: acme",))
        self.assertEqual(report, {"owner": "ada#7@acme", "page": 2, "tags": 2})

    def test_results(self):
        self.assertEqual(self.ask_json("/accounts/1"), {"id": 1, "owner": "Ada"})
        self.assertEqual(self.ask("/accounts/101").status, 404)
        self.assertEqual([self.ask(f"/accounts/{i}", method="DELETE").status for i in (1, 2)], [403, 204])
        self.assertEqual(self.ask("/old-accounts/5").get("location"), "/accounts/5")
        self.assertEqual(self.ask("/report.csv").get("content-type"), "text/csv")

    def test_waits(self):
        self.assertEqual(self.ask("/later").body, b"here it is")
        self.assertEqual(self.ask("/hosts").status, 200)
        self.assertEqual(self.ask("/patient").status, 504)

    def test_responses(self):
        self.assertEqual(self.ask("/reports/1999").status, 404)
        self.assertEqual(self.ask("/countdown-events/2").body,
                         b":\nretry: 2000\n\nevent: tick\ndata: 2\n\nevent: tick\ndata: 1\n\n")
        self.assertEqual(self.ask("/headlines", method="POST", body=b'{"text":"Fog"}').status, 204)
        self.assertEqual(self.ask("/measurements/2").body, b'{"second":0,"value":0}\n{"second":1,"value":0.5}\n')

    def test_steps(self):
        self.assertEqual(self.ask_json("/shelf/titles"), ["Dune", "Emma"])
        self.assertEqual(self.ask("/shelf/reader", method="POST", body=b'{"name":"Ada","age":36}').status, 202)
        self.assertEqual((self.ask("/shelf/titles", method="PUT").status, self.ask("/shelf/none").status), (405, 404))
        self.assertEqual(self.ask("/internal/ping").body, b"pong")
        answer = self.ask("/late")
        self.assertEqual((answer.status, answer.body), (503, b'{"code": -1, "msg": "too late"}'))
        self.assertEqual(self.ask("/timed").body, b"request ")
        self.assertEqual(self.ask("/admin/upgrade", method="POST", headers=("X-Key: open sesame",)).status, 204)
        try:
            self.assertEqual(self.ask("/late").get("retry-after"), "600")
        finally:
            self.ask("/maintenance", method="POST", body=b'{"enabled":false}', port=self.server.ops_port)

    def test_tls(self):
        self.assertEqual(self.ask_json("/tls/asker"), {"name": "nobody", "protocol": "http"})
        authority = Authority()
        self.addCleanup(authority.close)
        cert, key = authority.issue("server")
        config = f"httpServer: {{tls: {{certificates: [{{cert: {cert}, key: {key}}}]}}}}\n"
        with Program("book", config=config, tls=authority.client()) as server:
            self.assertEqual(self.ask(f"/tls/call?port={server.port}&ca={authority.pem}").body, b"HTTP/1.1 200 OK")

    def test_streams(self):
        self.assertEqual(self.ask_json("/measure", method="POST", body=b"x" * 100_000), {"bytes": 100_000})
        answer = self.ask("/countdown/3")
        self.assertEqual((answer.body, answer.trailers), (b"3\n2\n1\n", [("x-count", "3")]))

    def test_groups_and_middleware(self):
        self.assertEqual(self.ask("/admin/secrets").status, 401)
        answer = self.ask("/admin/files/a/b", headers=("X-Key: open sesame",))
        self.assertEqual((answer.body, answer.get("cache-control")), (b"would read a/b", "private"))

    def test_modules(self):
        self.assertEqual([self.ask_json("/tickets", method="POST")["number"] for _ in range(2)], [1001, 1002])

    def test_what_requests_bring_along(self):
        answer = self.ask("/visits", headers=("Cookie: visits=4",))
        self.assertEqual((json.loads(answer.body), answer.get("set-cookie")),
                         ({"count": 5}, "visits=5; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax"))
        answer = self.ask("/signup", method="POST", body=b"name=Ada&topic=a&topic=b",
                          headers=("Content-Type: application/x-www-form-urlencoded",))
        self.assertEqual(json.loads(answer.body), {"name": "Ada", "seats": 1, "topic": ["a", "b"]})
        body = (b'--b\r\nContent-Disposition: form-data; name="album"\r\n\r\nParis\r\n'
                b'--b\r\nContent-Disposition: form-data; name="p"; filename="a.jpg"\r\n\r\n12345\r\n--b--\r\n')
        self.assertEqual(self.ask_json("/photos", method="POST", body=body,
                                       headers=("Content-Type: multipart/form-data; boundary=b",)),
                         {"album": "Paris", "bytes": 5})
        location = self.ask("/imports/3", method="POST").get("location")
        status = eventually(lambda: (now := self.ask_json(location))["state"] == "done" and now, "the import is done")
        self.assertEqual(status["result"], {"lines": 3})
        self.assertEqual(self.ask_json("/seats/501")["code"], 1000102)
        self.assertEqual(self.ask_json("/seats/7")["data"], {"number": 7})
        self.assertEqual(self.ask("/visitors", headers=("Accept: text/csv",)).body, b"name\nAda\n")


class BookThatCalls(CallingCase):
    """The code of docs/http-client.md: one book calls another."""

    def test_calls(self):
        self.assertEqual(self.ask_json("/offers/tea"), {"price": {"article": "tea", "cents": 325}, "from": "prices"})
        self.assertEqual(self.ask("/calls/look").body, b"there is no such article")
        self.assertEqual(self.ask_json("/calls/change"), {"article": "tea", "cents": 350})
        self.assertEqual(self.ask("/calls/measure").body, b"3890")
        self.assertEqual(self.ask_json("/calls/degrade"), {"article": "tea", "cents": 300})
        self.assertEqual(self.ask("/calls/errors").body, b"404")
        self.assertEqual(self.ask("/calls/follow").body, b"21")
        self.assertEqual(self.ask("/calls/add-up").body, b"3.000000")
        self.assertEqual(self.ask("/calls/files").body, b"32")

    def test_what_fails_behind_us_is_not_the_fault_of_our_client(self):
        answer = self.ask("/offers/none")
        self.assertEqual(answer.status, 500)
        self.assertNotIn(b"prices", answer.body)

    def test_a_program_without_a_service(self):
        done = subprocess.run([str(bin_dir() / "book"), "fetch", f"http://127.0.0.1:{self.called.port}/hello/Ada"],
                              capture_output=True, timeout=30, check=True)
        self.assertEqual(json.loads(done.stdout), {"text": "Hello, Ada", "length": 3})

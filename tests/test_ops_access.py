"""Who may ask what on the ops port: from this machine everything, from elsewhere health and metrics, the rest with a token."""

import base64
import json
import re
import socket
import unittest

from harness import Connection, Program, ServedCase, eventually, request

TOKEN = "a token that nobody guesses"
CONFIG = f"""
ops:
  host: 0.0.0.0
  token: {TOKEN}
  tokens: {{deployer: 0123456789abcdef}}
  shutdown: true
"""
# As a reverse proxy of this machine passes a request on: that one comes from elsewhere.
ELSEWHERE = ("X-Forwarded-For: 203.0.113.7",)
BEARER = (f"Authorization: Bearer {TOKEN}",)

# Every route of the ops port that answers anybody; all others want a token. A route that is missing here and
# open is a mistake, and so is one that stands here and is not.
OPEN = {"/health", "/health/check", "/health/status", "/health/online", "/health/offline", "/metrics", "/actuator/health",
        "/actuator/health/{path...}", "/actuator/prometheus"}


def own_address():
    """An address of this machine that is not the loopback's; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def routes_of(server):
    with Connection(("127.0.0.1", server.ops_port)) as connection:
        connection.send(request("/actuator/mappings", headers=("Connection: close",)))
        mappings = json.loads(connection.response("GET").body)
    for each in mappings["contexts"]["application"]["mappings"]["dispatcherServlets"]["ops"]:
        conditions = each["details"]["requestMappingConditions"]
        for method in conditions["methods"]:
            yield method, conditions["patterns"][0]


class WithTokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Program("probe", config=CONFIG)
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def ask(self, target, method="GET", headers=(), host="127.0.0.1", body=b""):
        with Connection((host, self.server.ops_port)) as connection:
            connection.send(request(target, method, ("Connection: close", *headers), body))
            return connection.response(method)

    def test_every_route_but_the_open_ones_wants_a_token_from_elsewhere(self):
        self.addCleanup(self.ask, "/health/online")
        seen = set()
        for method, pattern in routes_of(self.server):
            path = re.sub(r"\{[^}]*\}", "x", pattern)
            with self.subTest(method=method, pattern=pattern):
                seen.add(pattern)
                answer = self.ask(path, method, ELSEWHERE)
                if pattern not in OPEN:
                    self.assertEqual(answer.status, 401)
                    self.assertEqual(answer.get("www-authenticate"), 'Bearer realm="ops"')
                elif pattern == "/actuator/health/{path...}":
                    self.assertEqual(answer.status, 403)  # nobody learns by guessing
                else:
                    self.assertIn(answer.status, (200, 400, 403, 503))  # /health/offline is one of them
                    self.assertNotIn(b"token", answer.body)
        self.assertGreater(len(seen), 15)
        self.assertLessEqual(OPEN - {"/metrics", "/actuator/prometheus"}, seen)

    def test_what_is_not_there_is_not_told_from_elsewhere(self):
        self.assertEqual(self.ask("/no/such/page", headers=ELSEWHERE).status, 401)
        self.assertEqual(self.ask("/no/such/page").status, 404)

    def test_a_token_opens_everything(self):
        basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        for shown in (*BEARER, "Authorization: bearer 0123456789abcdef", f"Authorization: Basic {basic}"):
            with self.subTest(shown=shown):
                self.assertEqual(self.ask("/logging", headers=(*ELSEWHERE, shown)).status, 200)

    def test_a_wrong_token_opens_nothing(self):
        for shown in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer deployer", f"Basic {TOKEN}", TOKEN):
            with self.subTest(shown=shown):
                self.assertEqual(self.ask("/logging", headers=(*ELSEWHERE, f"Authorization: {shown}")).status, 401)

    def test_an_address_of_the_network_is_elsewhere(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no network")
        self.assertEqual(self.ask("/logging", host=address).status, 401)
        self.assertEqual(self.ask("/health/check", host=address).status, 200)
        self.assertEqual(self.ask("/logging", host=address, headers=BEARER).status, 200)

    def test_health_has_no_details_for_strangers(self):
        for path in ("/health", "/actuator/health", "/actuator/health/readiness"):
            known = json.loads(self.ask(path).body)
            stranger = json.loads(self.ask(path, headers=ELSEWHERE).body)
            with self.subTest(path=path):
                self.assertTrue(known["components"])
                self.assertFalse(stranger.get("components"))
                self.assertEqual(stranger["status"], known["status"])

    def test_what_changes_something_is_logged_with_who_and_what(self):
        headers = (*ELSEWHERE, "Authorization: Bearer 0123456789abcdef", "User-Agent: the robot", "Content-Type: application/json")
        self.assertEqual(self.ask("/logging?ttl=1m", "POST", headers, body=b'{"default":"info"}').status, 200)
        line = eventually(lambda: next((each for each in self.server.output().splitlines() if "ops: POST /logging?ttl" in each), None), "the line")
        for part in ("asked by 127.0.0.1", "deployer", "the robot", "200"):
            self.assertIn(part, line)
        self.ask("/logging?refused", "POST", ELSEWHERE)
        line = eventually(lambda: next((each for each in self.server.output().splitlines() if "?refused" in each), None), "the line")
        self.assertIn("401", line)

    def test_no_token_is_ever_shown(self):
        pages = [self.ask(path).body.decode() for path in ("/actuator/env", "/actuator/configprops", "/actuator/env/ops.token")]
        for text in (*pages, self.server.output()):
            self.assertNotIn(TOKEN, text)
            self.assertNotIn("0123456789abcdef", text)


class WithoutToken(ServedCase):
    def test_a_name_that_somebody_else_points_here_opens_nothing(self):
        # DNS rebinding: a browser sends neither Origin nor Sec-Fetch-Site with the GET of such a page.
        for target, host, status in (("/ops/config", "evil.example:8899", 403), ("/actuator/env", "evil.example", 403),
                                     ("/health/offline", "evil.example", 403), ("/ops/config", "localhost:8899", 200),
                                     ("/ops/config", "127.0.0.1", 200), ("/ops/config", socket.gethostname() + ":8899", 200),
                                     ("/health/check", "service.internal", 200), ("/metrics", "service.internal", 200)):
            with self.subTest(target=target, host=host), Connection(("127.0.0.1", self.server.ops_port)) as connection:
                connection.send(request(target, headers=("Connection: close",), host=host))
                self.assertEqual(connection.response("GET").status, status)

    def test_from_elsewhere_only_the_open_routes_answer_and_say_why(self):
        answer = self.ask("/logging", headers=ELSEWHERE, port=self.server.ops_port)
        self.assertEqual(answer.status, 403)
        self.assertIn("ops.token", answer.body.decode())
        self.assertEqual(self.ask("/health/check", headers=ELSEWHERE, port=self.server.ops_port).status, 200)
        for shown in ("Bearer", "Bearer x", "Basic Og=="):
            self.assertEqual(self.ask("/logging", headers=(*ELSEWHERE, "Authorization: " + shown), port=self.server.ops_port).status, 403)

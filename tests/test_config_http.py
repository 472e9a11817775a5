"""A URL as a source of configuration: asked again with ETag, by TLS, with credentials, while its server is away."""

import pathlib
import shutil
import ssl
import tempfile
import unittest

from harness import Authority, eventually, run_once
from harness.centres import Fake, Following, follow_once
from harness.toxic import free_port


class Centre:
    """What a company's centre answers: a text with its tag."""

    def __init__(self, text, kind="text/plain", tags=True):
        self.text, self.kind, self.tags = text, kind, tags
        self.status = 200
        self.not_modified = 0

    def __call__(self, ask):
        if self.status != 200:
            return self.status, {}, "no"
        tag = f'"{hash(self.text):x}"'
        if self.tags and ask.headers.get("If-None-Match") == tag:
            self.not_modified += 1
            return 304, {"ETag": tag}, ""
        return 200, {"Content-Type": self.kind, **({"ETag": tag} if self.tags else {})}, self.text


class AUrlAsASource(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ngo-centre-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def serve(self, answer, **options):
        fake = Fake(answer, **options)
        self.addCleanup(fake.close)
        return fake

    def test_nothing_is_read_again_while_the_tag_is_the_same(self):
        centre = Centre("a: 1\n")
        fake = self.serve(centre)
        with Following(f"{fake.url}/app.yaml#interval=20ms") as follower:
            self.assertEqual(follower.text(), "a: 1\n")
            eventually(lambda: centre.not_modified >= 3, "a question whether something has changed")
            centre.text = "a: 2\n"
            self.assertEqual(follower.text(), "a: 2\n")

    def test_without_tags_the_text_itself_tells(self):
        centre = Centre("a: 1\n", tags=False)
        fake = self.serve(centre)
        with Following(f"{fake.url}/app.yaml#interval=20ms") as follower:
            self.assertEqual(follower.text(), "a: 1\n")
            eventually(lambda: len(fake.asks) >= 4, "some questions")
            centre.text = "a: 2\n"
            self.assertEqual(follower.text(), "a: 2\n")

    def test_the_format_is_that_of_the_suffix_the_type_or_the_parameter(self):
        for path, kind, wanted in (("/a.toml", "application/json", "TOML"), ("/a", "application/json; charset=utf-8", "JSON"),
                                   ("/a", "application/vnd.centre+yaml", "YAML"), ("/a", "text/plain", "YAML"),
                                   ("/a.b", "text/x-java-properties", "properties"), ("/a?format=ini", "application/json", "INI"),
                                   ("/a.json?x=1#format=hcl", "text/plain", "HCL")):
            fake = self.serve(Centre("", kind))
            read = follow_once(fake.url + path)
            self.assertEqual((read["error"], read["documents"][0]["format"]), ("", wanted), path)

    def test_the_query_belongs_to_the_centre(self):
        for address, wanted in (("/a%2Fb?x=1+2&format=yaml&y=%26&interval=1m", "/a%2Fb?x=1+2&y=%26"), ("/a?format=yaml", "/a"),
                                ("/a?format=full&interval=9#format=json", "/a?format=full&interval=9"), ("", "/")):
            fake = self.serve(Centre("{}"))
            self.assertEqual(follow_once(fake.url + address)["error"], "")
            self.assertEqual(fake.asks[0].target, wanted)

    def test_credentials_come_from_the_environment_and_are_not_shown(self):
        fake = self.serve(lambda ask: (401, {}, "who are you?"))
        address = f"http://app:${{PASSWORD}}@127.0.0.1:{fake.port}/a?apikey=${{KEY}}"
        read = follow_once(address, env={"PASSWORD": "pass/word", "KEY": "s&cret"})
        self.assertIn("401", read["error"])
        self.assertNotIn("s&cret", read["error"])
        self.assertNotIn("s%26cret", read["error"])
        self.assertEqual(fake.asks[0].headers["Authorization"], "Basic YXBwOnBhc3Mvd29yZA==")
        self.assertEqual(fake.asks[0].target, "/a?apikey=s%26cret")
        follow_once(f"{fake.url}/a#token=${{KEY}}", env={"KEY": "t0ken"})
        self.assertEqual(fake.asks[1].headers["Authorization"], "Bearer t0ken")

    def test_a_redirect_is_not_followed(self):
        other = self.serve(Centre("a: 1\n"))
        fake = self.serve(lambda _: (302, {"Location": f"{other.url}/app.yaml"}, ""))
        self.assertIn("answered 302", follow_once(f"{fake.url}/app.yaml#token=secret")["error"])
        self.assertEqual(other.asks, [])

    def test_tls_is_verified(self):
        authority = Authority()
        self.addCleanup(authority.close)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("localhost"))
        fake = self.serve(Centre("a: 1\n"), context=context)
        self.assertIn("certificate", follow_once(f"https://localhost:{fake.port}/a")["error"])
        self.assertEqual(follow_once(f"https://localhost:{fake.port}/a#ca={authority.pem}")["error"], "")

    def test_a_server_that_is_away_for_a_while_is_asked_again(self):
        centre = Centre("a: 1\n")
        fake = self.serve(centre)
        with Following(f"{fake.url}/app.yaml#interval=20ms") as follower:
            self.assertEqual(follower.text(), "a: 1\n")
            centre.status = 503
            follower.until(lambda read: read["error"])
            centre.text, centre.status = "a: 2\n", 200
            follower.becomes("a: 2\n")

    def test_the_last_good_state_stands_in_at_the_start(self):
        centre = Centre("a: 1\n")
        fake = self.serve(centre)
        address = f"{fake.url}/app.yaml#interval=20ms&cacheDir={self.folder}"
        self.assertEqual(follow_once(address)["documents"][0]["warning"], "")
        file, = pathlib.Path(self.folder).iterdir()
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        centre.status = 503
        with Following(address) as follower:
            read = follower.next()
            self.assertEqual(read["documents"][0]["text"], "a: 1\n")
            self.assertRegex(read["documents"][0]["warning"], r"503.*the last good configuration, \d+s old, of ")
            centre.text, centre.status = "a: 2\n", 200
            follower.becomes("a: 2\n")
        centre.status = 404  # which is an answer
        self.assertIn("404", follow_once(address)["error"])
        file.write_text("{")
        centre.status = 500
        self.assertIn("500", follow_once(address)["error"])

    def test_a_service_starts_with_it(self):
        fake = self.serve(Centre("house: { name: New House }\n"))
        code, out, _ = run_once("tour", "-c", fake.url, "--print-config")
        self.assertEqual(code, 0)
        self.assertIn(f'name: New House  # {fake.url}/:1:16', out)

    def test_a_service_says_why_it_cannot_start(self):
        port = free_port()
        code, _, complaint = run_once("tour", "-c", f"http://u:secret@127.0.0.1:{port}/a", "--check-config")
        self.assertEqual(code, 1)
        self.assertIn(f"-c http://u:***@127.0.0.1:{port}/a: ", complaint)
        self.assertNotIn("secret", complaint)
        code, _, complaint = run_once("tour", "-c", f"optional:http://127.0.0.1:{port}/a", "--check-config")
        self.assertEqual(code, 0)
        self.assertIn("going on without it", complaint)
        code, _, complaint = run_once("tour", "-c", f"optional:http://127.0.0.1:{port}/a#intervall=1s", "--check-config")
        self.assertEqual(code, 1)
        self.assertIn('did you mean "interval"?', complaint)

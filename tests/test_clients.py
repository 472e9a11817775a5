"""Clients that other people wrote: curl, Python's http.client and httpx, Go's net/http, Node's fetch. All ask the echo."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import tempfile

from harness import ServedCase, need, need_module, patience

HERE = pathlib.Path(__file__).resolve().parent
SIZES = (0, 1, 1000, 100_000, 5_000_000)
LARGE = 64 * 1024 * 1024


def sample(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


class Clients(ServedCase):
    program = "echo"
    arguments = ("--set", "httpServer.maxBodySize=100MiB")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}"

    def run_tool(self, *command, **options):
        done = subprocess.run(command, capture_output=True, timeout=patience(120), check=False, **options)
        self.assertEqual(done.returncode, 0, (done.stdout[-2000:] + done.stderr[-2000:]).decode(errors="replace"))
        return done


class Curl(Clients):
    def curl(self, *arguments, **options):
        return self.run_tool(need("curl"), "-sS", "--fail-with-body", *arguments, **options)

    def test_keep_alive(self):
        done = self.curl(*[f"{self.url}/{i}" for i in range(20)], "-w", "%{num_connects}\n")
        self.assertEqual(sum(int(line) for line in done.stdout.split()), 1)

    def test_posts_with_a_length_and_in_chunks(self):
        for size in SIZES:
            for headers in ((), ("-H", "Transfer-Encoding: chunked")):
                with self.subTest(size, headers=headers):
                    done = self.curl("--data-binary", "@-", *headers, "-H", "Expect:", self.url + "/a", input=sample(size))
                    self.assertEqual(done.stdout, sample(size))

    def test_100_continue(self):
        done = self.curl("-v", "--data-binary", "@-", "-H", "Expect: 100-continue", "--expect100-timeout", "60",
                         self.url + "/a", input=b"hello")
        self.assertEqual(done.stdout, b"hello")
        self.assertIn(b"< HTTP/1.1 100 Continue", done.stderr)

    def test_head(self):
        done = self.curl("--head", self.url + "/inspect")
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_http_1_0(self):
        done = self.curl("--http1.0", "--data-binary", "@-", self.url + "/a", self.url + "/b", input=b"hello")
        self.assertEqual(done.stdout, b"hellohello")

    def test_a_large_body_both_ways(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "body")
            body = os.urandom(1 << 20) * (LARGE >> 20)
            with open(path, "wb") as file:
                file.write(body)
            for how in (("--data-binary", f"@{path}"), ("-T", path), ("-T", path, "-H", "Transfer-Encoding: chunked")):
                self.curl(*how, "-o", path + ".back", self.url + "/a")
                with open(path + ".back", "rb") as file:
                    self.assertTrue(file.read() == body, how)

    def test_a_request_to_switch_to_http_2_is_answered_in_http_1(self):
        done = self.curl("--http2", "-v", self.url + "/inspect")
        self.assertIn(b"< HTTP/1.1 200 OK", done.stderr)


class HttpClient(Clients):
    def connect_client(self):
        client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=patience(60))
        self.addCleanup(client.close)
        return client

    def test_keep_alive(self):
        client = self.connect_client()
        client.request("GET", "/a")
        client.getresponse().read()
        first = client.sock
        for _ in range(50):
            client.request("GET", "/inspect?x=1", headers={"X-A": "b"})
            seen = json.loads(client.getresponse().read())
            self.assertEqual(seen["query"], "x=1")
        self.assertIs(client.sock, first)

    def test_posts_with_a_length_and_in_chunks(self):
        client = self.connect_client()
        for size in SIZES:
            body = sample(size)
            client.request("POST", "/a", body)
            self.assertTrue(client.getresponse().read() == body, size)
            pieces = (body[at:at + 10_000] for at in range(0, size, 10_000))
            client.request("POST", "/a", pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
            self.assertTrue(client.getresponse().read() == body, size)

    def test_head(self):
        client = self.connect_client()
        for _ in range(2):
            client.request("HEAD", "/inspect")
            answer = client.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b""))

    def test_parallel_requests(self):
        def worker(number):
            client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=patience(60))
            for i in range(50):
                body = b"%d of %d" % (i, number)
                client.request("PUT", "/a", body)
                if client.getresponse().read() != body:
                    return False
            client.close()
            return True

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            self.assertTrue(all(pool.map(worker, range(20))))


class Httpx(Clients):
    def test_keep_alive_posts_head_and_parallel_requests(self):
        httpx = need_module("httpx")
        with httpx.Client(base_url=self.url, timeout=patience(60), trust_env=False) as client:
            for size in SIZES:
                body = sample(size)
                self.assertTrue(client.post("/a", content=body).content == body, size)
                pieces = (body[at:at + 10_000] for at in range(0, size, 10_000))
                self.assertTrue(client.post("/a", content=pieces).content == body, size)
            answer = client.head("/inspect")
            self.assertEqual((answer.status_code, answer.content), (200, b""))
            with concurrent.futures.ThreadPoolExecutor(10) as pool:
                answers = pool.map(lambda i: client.put("/a", content=str(i)).text, range(200))
                self.assertEqual(list(answers), [str(i) for i in range(200)])


class HttpxLarge(ServedCase):
    # Not by echo: this client reads nothing before it has sent all, so the two would wait for each other.
    arguments = ("--set", "httpServer.maxBodySize=100MiB")

    def test_a_large_body_each_way(self):
        httpx = need_module("httpx")
        url = f"http://127.0.0.1:{self.server.port}"
        with httpx.Client(base_url=url, timeout=patience(60), trust_env=False) as client:
            received = client.post("/sink", content=sample(LARGE)).json()
            self.assertEqual(received, {"bytes": LARGE, "sum": sum(sample(16)) * (LARGE // 16)})
            self.assertEqual(len(client.get(f"/large?bytes={LARGE}").content), LARGE)
            self.assertEqual(len(client.get(f"/flow?bytes={LARGE}").content), LARGE)


class Go(Clients):
    def test_keep_alive_posts_head_expect_trailers_large_bodies_and_parallel_requests(self):
        go = need("go")
        with tempfile.TemporaryDirectory() as folder:
            binary = os.path.join(folder, "clients")
            environment = dict(os.environ, GOPROXY="off", GOTOOLCHAIN="local", CGO_ENABLED="0")
            self.run_tool(go, "build", "-o", binary, ".", cwd=HERE / "clients" / "go", env=environment)
            self.run_tool(binary, self.url)


class Node(Clients):
    def test_keep_alive_posts_head_large_bodies_and_parallel_requests(self):
        self.run_tool(need("node"), str(HERE / "clients" / "node" / "client.mjs"), self.url)

"""Our client over HTTP/2 against servers that other people wrote, and against ours: Go's net/http, Node's http2, nghttpd and nginx;
by ALPN, by prior knowledge, and through a proxy's tunnel."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import test_http_client_peers as peers
from harness import Authority, Nginx, Program, eventually, free_port, listens, need
from harness.calling import Caller, TunnelProxy

HERE = pathlib.Path(__file__).resolve().parent


class Http2Peer(peers.Peer):
    """As over HTTP/1.1, and what only HTTP/2 has."""

    secure = True
    counts = True  # understands /trailers

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.cert, cls.key = cls.authority.issue("server")
        super().setUpClass()

    @classmethod
    def options(cls):
        return {"tls": {"ca": str(cls.authority.pem)}} if cls.secure else {"http2": "only"}

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.authority.close()

    def url(self, target):
        return f"{'https' if self.secure else 'http'}://localhost:{self.port}{target}"

    def good(self, answer, body):
        super().good(answer, body)
        self.assertEqual(answer.protocol, "HTTP/2")
        return answer

    def test_many_at_once(self):
        self.good(self.caller.call(self.url("/back"), method="POST", body="hello", times=300), "hello")

    def test_trailers_both_ways(self):
        if not self.counts:
            return
        for streamed in (False, True):
            answer = self.caller.call(self.url("/trailers"), method="POST", stream_size=100_000, trailer="the end", streamed=streamed)
            self.good(answer, "x" * 100_000)
            self.assertEqual(answer.trailers, [{"name": "x-size", "value": "100000 the end"}])


def build_go(stack):
    program = need("go")
    folder = tempfile.mkdtemp(prefix="ngo-go-")
    stack.callback(shutil.rmtree, folder)
    path = os.path.join(folder, "server")
    subprocess.run([program, "build", "-o", path, "."], cwd=HERE / "servers/go", check=True, capture_output=True)
    return path


class GoOverTls(Http2Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, build_go(stack), str(cls.cert), str(cls.key))

    def test_chunks(self):
        self.good(self.caller.call(self.url("/chunks"), streamed=True), "".join(f"{i}\n" for i in range(100)))

    def test_calls_that_begin_together_share_one_connection(self):
        with Caller(tls={"ca": str(self.authority.pem)}) as caller:
            before = int(caller.call(self.url("/connections")).body)
            with Caller(tls={"ca": str(self.authority.pem)}) as other:
                self.good(other.call(self.url("/hello"), times=50), "hello")
            self.assertEqual(int(caller.call(self.url("/connections")).body), before + 1)

    def test_a_deadline_ends_the_stream_and_not_the_connection(self):
        connections = int(self.caller.call(self.url("/connections")).body)
        cancelled = int(self.caller.call(self.url("/cancelled")).body)
        answer = self.caller.call(self.url("/slow"), timeout="50ms", attempts=1, times=5)
        self.assertIn("not done with waiting for the response within 50ms (timeout)", answer.error)
        eventually(lambda: int(self.caller.call(self.url("/cancelled")).body) == cancelled + 5, "the streams are reset")
        self.assertEqual(int(self.caller.call(self.url("/connections")).body), connections)

    def test_a_body_that_is_not_read_does_not_hold_the_others(self):
        for _ in range(20):
            answer = self.caller.call(self.url("/back"), method="POST", body_size=5_000_000, streamed=True, abandon=True)
            self.assertEqual((answer.error, answer.status), ("", 200))
            self.good(self.caller.call(self.url("/hello")), "hello")

    def test_http2_can_be_switched_off(self):
        with Caller(tls={"ca": str(self.authority.pem)}, http2="off") as caller:
            answer = caller.call(self.url("/hello"))
            self.assertEqual((answer.error, answer.body, answer.protocol), ("", "hello", "HTTP/1.1"))


class GoInPlainText(Http2Peer, unittest.TestCase):
    secure = False

    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, build_go(stack), "h2c")

    def test_chunks(self):
        self.good(self.caller.call(self.url("/chunks"), streamed=True), "".join(f"{i}\n" for i in range(100)))


class NodeOverTls(Http2Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, need("node"), str(HERE / "servers/node/http2.mjs"), str(cls.cert), str(cls.key))


class NodeInPlainText(Http2Peer, unittest.TestCase):
    secure = False

    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, need("node"), str(HERE / "servers/node/http2.mjs"))


class OursOverTls(Http2Peer, unittest.TestCase):
    counts = False

    @classmethod
    def start(cls, stack):
        config = f"httpServer: {{maxBodySize: 100MiB, tls: {{certificates: [{{cert: {cls.cert}, key: {cls.key}}}]}}}}\n"
        return stack.enter_context(Program("echo", config=config, tls=cls.authority.client())).port

    test_hello_many_times = peers.Ours.test_hello_many_times
    test_head_and_other_statuses = peers.Ours.test_head_and_other_statuses
    test_a_redirect = None


class OursThroughAProxy(OursOverTls):
    """Through a tunnel, in which TLS agrees on HTTP/2."""

    @classmethod
    def options(cls):
        return {**super().options(), "proxy": f"http://127.0.0.1:{cls.proxy.port}"}

    @classmethod
    def start(cls, stack):
        port = super().start(stack)
        cls.proxy = stack.enter_context(TunnelProxy(port))
        return port

    def test_a_tunnel_is_shared_by_calls(self):
        before = len(self.proxy.asked)
        with Caller(**self.options()) as caller:
            for _ in range(3):
                self.good(caller.call(self.url("/back"), method="POST", body="hello", times=20), "hello")
        self.assertEqual(len(self.proxy.asked) - before, 1)
        self.assertTrue(self.proxy.asked[-1].startswith(f"CONNECT localhost:{self.port} HTTP/1.1\r\n".encode()))


class Events(unittest.TestCase):
    """Server-sent events from our server over HTTP/2 with TLS."""

    def test_they_come_and_go_on_where_they_were(self):
        authority = Authority()
        self.addCleanup(authority.close)
        cert, key = authority.issue("server")
        config = f"httpServer: {{tls: {{certificates: [{{cert: {cert}, key: {key}}}]}}}}\n"
        with Program("probe", config=config, tls=authority.client()) as server, Caller(tls={"ca": str(authority.pem)}) as caller:
            url = f"https://localhost:{server.port}/events"
            answer = caller.call(url + "/three", events=3)
            self.assertEqual((answer.error, len(answer.body.splitlines())), ("", 3), answer)
            answer = caller.call(url + "/returning", events=2)
            self.assertEqual((answer.error, answer.body), ("", "|id 1|came with ''\n|id 1|came with 'id 1'\n"))
            answer = caller.call(url + "/silent", events=2, deadline="200ms")
            self.assertEqual(answer.code, "deadline_exceeded")


class OursInPlainText(OursOverTls):
    secure = False

    @classmethod
    def start(cls, stack):
        return stack.enter_context(Program("echo", "--set", "httpServer.maxBodySize=100MiB")).port


class Files(unittest.TestCase):
    """nghttpd and nginx, which give out files."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.cert, cls.key = cls.authority.issue("server")
        cls.folder = tempfile.mkdtemp(prefix="ngo-client-")
        os.chmod(cls.folder, 0o755)
        for size in peers.SIZES:
            pathlib.Path(cls.folder, f"{size}.txt").write_text("x" * size, encoding="ascii")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        cls.authority.close()

    def check(self, url, **options):
        with Caller(tls={"ca": str(self.authority.pem)}, **options) as caller:
            for size in peers.SIZES:
                for order in ({}, {"no_decompression": True}, {"streamed": True}, {"times": 20}):
                    with self.subTest(size, **order):
                        answer = caller.call(f"{url}/{size}.txt", **order)
                        self.assertEqual((answer.error, answer.status, answer.body_size, answer.protocol), ("", 200, size, "HTTP/2"))
            self.assertEqual(caller.call(f"{url}/none").status, 404)
            target = os.path.join(self.folder, "downloaded")
            self.assertEqual(caller.call(f"{url}/5000000.txt", download=target).error, "")
            self.assertEqual(os.path.getsize(target), 5_000_000)
            os.remove(target)

    def nghttpd(self, *arguments):
        port = free_port()
        process = subprocess.Popen([need("nghttpd"), "-a", "127.0.0.1", "-d", self.folder, *arguments[:1], str(port), *arguments[1:]],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        eventually(lambda: listens(port), "nghttpd listens")
        return port

    def test_nghttpd(self):
        self.check(f"http://127.0.0.1:{self.nghttpd('--no-tls')}", http2="only")

    def test_nghttpd_over_tls(self):
        port = self.nghttpd("-v", str(self.key), str(self.cert))
        self.check(f"https://localhost:{port}")

    def test_nginx(self):
        more = (f"listen 127.0.0.1:{{tls}} ssl http2; ssl_certificate {self.cert}; ssl_certificate_key {self.key}; "
                "gzip on; gzip_types text/plain; gzip_min_length 1; keepalive_requests 7;")
        port = free_port()
        nginx = Nginx(self.folder, more.replace("{tls}", str(port)))
        self.addCleanup(nginx.stop)
        self.check(f"https://localhost:{port}")


if __name__ == "__main__":
    unittest.main()

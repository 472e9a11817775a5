"""Our client against servers that other people wrote, and against ours: nginx, Go's net/http, Node, aiohttp, http.server; over
TLS, and through a proxy that is one."""

import contextlib
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from harness import Nginx, Program, need, need_module
from harness.calling import Caller, TunnelProxy

HERE = pathlib.Path(__file__).resolve().parent
SIZES = (0, 1, 1000, 100_000, 5_000_000)


class Peer:
    """What every server that answers /hello, /gone, /moved and sends bodies back is asked."""

    chunks_in = True  # understands chunked requests
    keeps = True  # connections

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.port = cls.start(cls.stack)
        cls.caller = cls.stack.enter_context(Caller(**cls.options()))

    @classmethod
    def options(cls):
        return {}

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    @classmethod
    def run_server(cls, stack, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        stack.callback(process.stdout.close)
        stack.callback(process.wait)
        stack.callback(process.kill)
        return int(process.stdout.readline())

    def url(self, target):
        return f"http://127.0.0.1:{self.port}{target}"

    def good(self, answer, body):
        self.assertEqual((answer.error, answer.status, answer.body_size), ("", 200, len(body)))
        self.assertEqual(answer.body, body[:len(answer.body)])
        return answer

    def test_hello_many_times(self):
        for _ in range(20):
            self.good(self.caller.call(self.url("/hello")), "hello")
        self.good(self.caller.call(self.url("/hello"), times=50), "hello")

    def test_head_and_other_statuses(self):
        for _ in range(3):
            answer = self.caller.call(self.url("/hello"), method="HEAD")
            self.assertEqual((answer.error, answer.status, answer.body), ("", 200, ""))
            answer = self.caller.call(self.url("/gone"))
            self.assertEqual((answer.error, answer.status, answer.body.strip()), ("", 410, "gone"))

    def test_a_redirect(self):
        self.assertEqual(self.good(self.caller.call(self.url("/moved")), "hello").url, self.url("/hello"))

    def test_bodies_both_ways(self):
        for size in SIZES:
            for order in ({"body_size": size}, {"stream_size": size, "announce": True}, {"stream_size": size}):
                if not self.chunks_in and "announce" not in order and "stream_size" in order:
                    continue
                for streamed in (False, True):
                    with self.subTest(order, streamed=streamed):
                        self.good(self.caller.call(self.url("/back"), method="POST", streamed=streamed, **order), "x" * size)


class Ours(Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        return stack.enter_context(Program("echo", "--set", "httpServer.maxBodySize=100MiB")).port

    def test_hello_many_times(self):
        for _ in range(20):
            self.good(self.caller.call(self.url("/hello"), method="POST", body="hello"), "hello")

    def test_head_and_other_statuses(self):
        answer = self.caller.call(self.url("/inspect"), method="HEAD")
        self.assertEqual((answer.error, answer.status, answer.body), ("", 200, ""))

    test_a_redirect = None  # the echo knows none


class Go(Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        program = need("go")
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "server")
        subprocess.run([program, "build", "-o", path, "."], cwd=HERE / "servers/go", check=True, capture_output=True)
        return cls.run_server(stack, path)

    def test_chunks(self):
        self.good(self.caller.call(self.url("/chunks"), streamed=True), "".join(f"{i}\n" for i in range(100)))


class Node(Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, need("node"), str(HERE / "servers/node/server.mjs"))

    def test_chunks(self):
        self.good(self.caller.call(self.url("/chunks"), streamed=True), "".join(f"{i}\n" for i in range(100)))


class Aiohttp(Peer, unittest.TestCase):
    @classmethod
    def start(cls, stack):
        need_module("aiohttp")
        return cls.run_server(stack, sys.executable, str(HERE / "servers/python/with_aiohttp.py"))

    def test_chunks(self):
        self.good(self.caller.call(self.url("/chunks"), streamed=True), "".join(f"{i}\n" for i in range(100)))


class HttpServer(Peer, unittest.TestCase):
    chunks_in = False

    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, sys.executable, str(HERE / "servers/python/with_http_server.py"), "1.1")


class HttpServer10(Peer, unittest.TestCase):
    chunks_in = False

    @classmethod
    def start(cls, stack):
        return cls.run_server(stack, sys.executable, str(HERE / "servers/python/with_http_server.py"), "1.0")


class ByNginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="ngo-client-")
        os.chmod(cls.folder, 0o755)
        for size in SIZES:
            pathlib.Path(cls.folder, f"{size}.txt").write_text("x" * size, encoding="ascii")
        more = "gzip on; gzip_types text/plain; gzip_min_length 1; keepalive_requests 5; location /old { return 301 /1.txt; }"
        cls.nginx = Nginx(cls.folder, more)
        cls.caller = Caller()

    @classmethod
    def tearDownClass(cls):
        cls.caller.close()
        cls.nginx.stop()
        shutil.rmtree(cls.folder)

    def url(self, target):
        return f"http://127.0.0.1:{self.nginx.port}{target}"

    def test_files_compressed_and_not(self):
        for size in SIZES:
            for order in ({}, {"no_decompression": True}, {"streamed": True}):
                with self.subTest(size, **order):
                    answer = self.caller.call(self.url(f"/{size}.txt"), **order)
                    self.assertEqual((answer.error, answer.status, answer.body_size), ("", 200, size))

    def test_connections_that_it_ends_after_a_few_requests(self):
        for _ in range(23):
            answer = self.caller.call(self.url("/1.txt"), method="GET")
            self.assertEqual((answer.error, answer.body, answer.attempts), ("", "x", 1))

    def test_what_is_not_there(self):
        self.assertEqual(self.caller.call(self.url("/none")).status, 404)
        self.assertEqual(self.caller.call(self.url("/old")).body, "x")
        self.assertEqual(self.caller.call(self.url("/1.txt"), method="DELETE").status, 405)


class OverTls(unittest.TestCase):
    """A server of Python's ssl whose certificate is signed by an authority that only this test knows."""

    @classmethod
    def setUpClass(cls):
        openssl = need("openssl")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="ngo-client-"))

        def run(*arguments):
            subprocess.run([openssl, *arguments], cwd=cls.folder, check=True, capture_output=True)

        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-subj", "/CN=Test", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
            "keyUsage=critical,keyCertSign")
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out",
            "server.csr", "-subj", "/CN=localhost")
        (cls.folder / "ext").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n", encoding="ascii")
        run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem",
            "-days", "2", "-extfile", "ext")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.folder / "server.pem", cls.folder / "server.key")
        cls.listener = socket.create_server(("127.0.0.1", 0))
        cls.port = cls.listener.getsockname()[1]
        cls.connections = 0
        threading.Thread(target=cls.accept, args=(context,), daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        with contextlib.suppress(OSError):
            cls.listener.shutdown(socket.SHUT_RDWR)
        cls.listener.close()
        shutil.rmtree(cls.folder)

    @classmethod
    def accept(cls, context):
        while True:
            try:
                plain, _ = cls.listener.accept()
            except OSError:
                return
            cls.connections += 1
            threading.Thread(target=cls.serve, args=(context, plain), daemon=True).start()

    @staticmethod
    def serve(context, plain):
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    more = connection.recv(65536)
                    if not more:
                        return
                    received += more
                head, received = received.split(b"\r\n\r\n", 1)
                if b" /cut " in head:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
                    plain_socket = connection.detach()
                    os.close(plain_socket)
                    return
                size = int(head.split(b" ")[1].strip(b"/") or b"0")
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)

    def caller(self, **options):
        caller = Caller(**options)
        self.addCleanup(caller.close)
        return caller

    def trusting(self, **options):
        return self.caller(tls={"ca": str(self.folder / "ca.pem")}, **options)

    def test_calls(self):
        caller = self.trusting()
        before = type(self).connections
        for size in (5, 0, 100_000, 3_000_000):
            for streamed in (False, True):
                answer = caller.call(f"https://localhost:{self.port}/{size}", streamed=streamed)
                self.assertEqual((answer.error, answer.status, answer.body_size), ("", 200, size))
        self.assertEqual(type(self).connections - before, 1)

    def test_a_server_that_nobody_vouches_for_is_refused(self):
        answer = self.caller().call(f"https://localhost:{self.port}/1", attempts=1)
        self.assertEqual(answer.code, "internal")
        self.assertIn("certificate", answer.error)

    def test_a_certificate_of_another_name_is_refused(self):
        answer = self.trusting().call(f"https://127.0.0.1:{self.port}/1", attempts=1)
        self.assertIn("127.0.0.1", answer.error)
        self.assertEqual(answer.code, "internal")

    def test_a_body_that_is_cut_off_is_not_taken_for_the_whole(self):
        answer = self.trusting().call(f"https://localhost:{self.port}/cut", attempts=1)
        self.assertNotEqual(answer.error, "")

    def test_through_a_proxy(self):
        proxy = TunnelProxy(self.port)
        self.addCleanup(proxy.__exit__)
        caller = self.trusting(proxy=f"http://127.0.0.1:{proxy.port}")
        for _ in range(2):
            answer = caller.call(f"https://localhost:{self.port}/5")
            self.assertEqual((answer.error, answer.body), ("", "xxxxx"))
        self.assertEqual(proxy.asked, [f"CONNECT localhost:{self.port} HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n".encode()])


if __name__ == "__main__":
    unittest.main()

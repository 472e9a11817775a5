"""TLS on both sides: curl, openssl and Python ask our server; our client asks servers that openssl makes bad."""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from harness import (Authority, Connection, Program, ServedCase, eventually, exchange, free_port, listens, need, patience, request, run_once,
                     scaled)

CERTIFICATE = "{{cert: {cert}, key: {key}}}"


def section(pairs, more=""):
    """The configuration of a server with these certificates; `more`: further keys of httpServer.tls."""
    listed = ", ".join(CERTIFICATE.format(cert=cert, key=key) for cert, key in pairs)
    return f"httpServer: {{tls: {{certificates: [{listed}]{', ' + more if more else ''}}}}}\n"


class TlsCase(ServedCase):
    """The program speaks TLS with a certificate for localhost; `cls.more` are further keys of its section."""

    more = ""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        try:
            cls.pairs = cls.make_pairs()
            cls.root = cls.authority.folder / "files"
            cls.root.mkdir()
            cls.server = Program(cls.program, *cls.arguments, config=section(cls.pairs, cls.more_keys()),
                                 env={"PROBE_FILES": str(cls.root)},
                                 tls=cls.authority.client(*cls.client_pair()), greeting=cls.greeting)
            cls.server.__enter__()
        except BaseException:
            cls.authority.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.authority.close()

    @classmethod
    def make_pairs(cls):
        return [cls.authority.issue("server")]

    @classmethod
    def client_pair(cls):
        return ()

    @classmethod
    def more_keys(cls):
        return cls.more

    def s_client(self, *arguments, send=b"Q\n"):
        """The output of `openssl s_client`, and whether it came to an agreement."""
        command = [need("openssl"), "s_client", "-connect", f"127.0.0.1:{self.server.port}", "-CAfile", str(self.authority.pem),
                   *arguments]
        done = subprocess.run(command, input=send, capture_output=True, timeout=patience(20), check=False)
        return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace"), done.returncode == 0

    def handshake(self, context=None, name="localhost", session=None):
        plain = socket.create_connection(("127.0.0.1", self.server.port), patience(10))
        link = (context or self.server.tls).wrap_socket(plain, server_hostname=name, session=session,
                                                        suppress_ragged_eofs=False)
        self.addCleanup(link.close)
        return link


class Server(TlsCase):
    arguments = ("--set", "httpServer.idleTimeout=300ms", "--set",
                 "httpServer.middlewares.securityHeaders.enabled=true")

    def test_curl_gets_https(self):
        curl = need("curl")
        for version in ("--tlsv1.2", "--tlsv1.3"):
            done = subprocess.run([curl, "-sS", version, "--cacert", str(self.authority.pem),
                                   f"https://localhost:{self.server.port}/tls", "--resolve",
                                   f"localhost:{self.server.port}:127.0.0.1"],
                                  capture_output=True, timeout=patience(20), check=True)
            self.assertEqual(json.loads(done.stdout)["server_name"], "localhost")

    def test_a_handler_knows_that_it_is_https(self):
        answer = self.ask("/client")
        self.assertEqual(json.loads(answer.body)["scheme"], "https")
        self.assertIn("max-age", answer.get("strict-transport-security"))

    def test_old_versions_and_weak_ciphers_are_refused(self):
        for arguments, good in ((("-tls1_2",), True), (("-tls1_3",), True),
                                (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), False),
                                (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"), False),
                                (("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"), True)):
            with self.subTest(arguments):
                output, agreed = self.s_client(*arguments)
                self.assertEqual(agreed, good, output)
                if good:
                    self.assertIn("Verify return code: 0 (ok)", output)

    def test_the_application_protocol_is_agreed_on(self):
        self.assertIn("ALPN protocol: http/1.1", self.s_client("-alpn", "imap,http/1.1")[0])
        output, agreed = self.s_client("-alpn", "imap")
        self.assertFalse(agreed)
        self.assertIn("no application protocol", output)

    def test_sessions_are_resumed(self):
        for version in ("-tls1_2", "-tls1_3"):
            file = str(self.authority.folder / f"session{version}")
            answer = request("/tls", headers=("Connection: close",))
            self.assertIn("New, ", self.s_client(version, "-sess_out", file, "-ign_eof", send=answer)[0])
            output, _ = self.s_client(version, "-sess_in", file, "-ign_eof", send=answer)
            self.assertIn("Reused, ", output)
            self.assertIn('"resumed":true', output)

    def test_bodies_of_any_size_go_both_ways(self):
        for size in (1, 16 * 1024, 16 * 1024 + 1, 3_000_000):
            body = os.urandom(size)
            with self.connect() as connection:
                connection.send(request("/text", "POST", ("Connection: close",), body))
                self.assertEqual(connection.response("POST").body, body)

    def test_pipelined_requests_in_one_record_are_all_answered(self):
        answers = exchange(self.server, request("/client") * 20 + request("/client", headers=("Connection: close",)))
        self.assertEqual([answer.status for answer in answers], [200] * 21)

    def test_records_may_come_byte_by_byte(self):
        """The bytes on the wire, so that handshake and records are cut at every place."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        link = self.authority.client().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", self.server.port), patience(10)) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def step(action):
                while True:
                    try:
                        return action()
                    except ssl.SSLWantReadError:
                        for byte in outgoing.read():
                            wire.send(bytes((byte,)))
                        incoming.write(wire.recv(7))

            step(link.do_handshake)
            link.write(request("/client"))
            link.write(request("/tls", headers=("Connection: close",)))
            data = b""
            while data.count(b"HTTP/1.1 200 OK") < 2 or not data.endswith(b"}"):
                data += step(lambda: link.read(1000))
        self.assertIn(b'"scheme":"https"', data)

    def test_plain_http_is_told_to_use_https(self):
        def ask():
            with Connection(("127.0.0.1", self.server.port)) as connection:
                connection.send(request("/"))
                data = connection.socket.recv(1000)
            self.assertTrue(data.startswith(b"HTTP/1.1 400 "), data)
            self.assertIn(b"use https", data)
            return "the peer speaks plain HTTP" in self.server.output()

        eventually(ask, "a line of the log")

    def test_an_idle_connection_is_ended_and_not_cut(self):
        link = self.handshake()
        self.assertEqual(link.recv(10), b"")  # a cut would raise SSLEOFError

    def test_a_file_comes_whole(self):
        content = os.urandom(5_000_001)
        (self.root / "large.bin").write_bytes(content)
        for _ in range(2):  # cold, warm
            self.assertEqual(self.ask("/static/large.bin").body, content)
        self.assertEqual(self.ask("/static/large.bin", headers=("Range: bytes=100000-3000000",)).body, content[100000:3000001])

    def test_an_answer_that_fails_is_cut_and_not_ended(self):
        """To HTTP/1.0 the end of the connection is the end of the body, so only TLS can tell."""
        for target, cut in (("/stream?break_after=2", True), ("/stream", False)):
            link = self.handshake()
            link.sendall(request(target, version="HTTP/1.0"))
            data = b""
            try:
                while piece := link.recv(1000):
                    data += piece
                ended = True
            except ssl.SSLError:
                ended = False
            self.assertIn(b"piece 1\n", data)
            self.assertEqual(ended, not cut)

    def test_a_look_at_the_port_is_no_news(self):
        before = self.server.output()
        for _ in range(5):
            socket.create_connection(("127.0.0.1", self.server.port)).close()
        self.ask("/client")
        self.assertNotIn("handshake", self.server.output()[len(before):])

    def test_what_is_no_tls_ends(self):
        for junk in (b"\x16\x03\x01\x00\x05hello", b"\0" * 100, os.urandom(500), b"\x16\x03\x01\xff\xff" + b"a" * 70000):
            with Connection(("127.0.0.1", self.server.port)) as connection:
                try:
                    connection.send(junk)
                    connection.finish_sending()
                    while connection.socket.recv(1000):
                        pass
                except OSError:
                    pass
        self.assertEqual(self.ask("/client").status, 200)


class Handshakes(TlsCase):
    more = "handshakeTimeout: 500ms"

    def test_a_handshake_that_stalls_ends_and_holds_nobody_up(self):
        stalled = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(scaled(200))]
        stalled[0].sendall(b"\x16\x03\x01\x02\x00\x01")
        try:
            self.assertEqual(self.ask("/client").status, 200)
            for one in stalled:
                one.settimeout(patience(10))
                try:
                    while one.recv(100):
                        pass
                except ConnectionResetError:
                    pass
        finally:
            for one in stalled:
                one.close()


class Names(TlsCase):
    @classmethod
    def make_pairs(cls):
        issue = cls.authority.issue
        return [issue("server"), issue("exact", "exact", "DNS:a.example.com"), issue("star", "star", "DNS:*.example.com"),
                issue("rsa", "rsa", kind="rsa")]

    def test_the_name_chooses_the_certificate(self):
        for name, subject in (("a.example.com", "exact"), ("b.example.com", "star"), ("localhost", "localhost"),
                              ("c.b.example.com", "localhost")):
            self.assertRegex(self.s_client("-servername", name)[0], f"subject=CN = {subject}\n")

    def test_a_name_has_keys_of_two_kinds(self):
        output, _ = self.s_client("-servername", "localhost", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
        self.assertRegex(output, "subject=CN = rsa\n")


class Clients(TlsCase):
    @classmethod
    def client_pair(cls):
        return cls.authority.issue("orders", "orders", "URI:spiffe://example.com/orders", usage="clientAuth")

    @classmethod
    def more_keys(cls):
        cls.revoked = cls.authority.issue("revoked", "revoked", usage="clientAuth")
        cls.authority.revoke(cls.revoked[0])
        return f"clientAuth: required, clientCa: {cls.authority.pem}, clientCrl: {cls.authority.revocations()}"

    def test_a_handler_knows_the_client(self):
        link = self.ask_json("/tls")
        self.assertEqual(link["client"], "orders")
        self.assertEqual(link["client_uris"], ["spiffe://example.com/orders"])

    def refuse(self, pair, said):
        """Tries until the log has the words: lines that come too close to one another are held back."""
        before = len(self.server.output())
        context = self.authority.client(*pair)

        def attempt():
            with self.assertRaises((ssl.SSLError, ConnectionResetError)):
                link = self.handshake(context)
                link.sendall(request("/tls"))
                link.recv(1)
            return said in self.server.output()[before:]

        eventually(attempt, f'a line with "{said}"')

    def test_who_shows_no_good_certificate_is_refused(self):
        other = Authority("Stranger")
        self.addCleanup(other.close)
        for pair, said in (((), "showed no certificate"), (other.issue("other", "other"), "is signed by CN=Stranger"),
                           (self.revoked, "(CN=revoked) has been revoked"),
                           (self.authority.issue("late", "late", days=(-9, -1), usage="clientAuth"), "expired on"),
                           (self.authority.issue("purpose", "purpose", usage="serverAuth"), "not meant for this use")):
            with self.subTest(said):
                self.refuse(pair, said)


class Staples(TlsCase):
    @classmethod
    def make_pairs(cls):
        cert, key = cls.authority.issue("server")
        return [(cert, f"{key}, ocspStaple: {cls.authority.ocsp_answer(cert)}")]

    def test_the_ocsp_answer_is_handed_out(self):
        self.assertIn("Cert Status: good", self.s_client("-status")[0])


class BehindAProxy(TlsCase):
    greeting = b"PROXY TCP4 192.0.2.1 198.51.100.7 4711 443\r\n"
    arguments = ("--set", "httpServer.trustedProxies=127.0.0.0/8", "--set", "httpServer.proxyProtocol=true")

    @classmethod
    def setUpClass(cls):
        # The harness greets inside of TLS; here the greeting stands before it.
        cls.authority = Authority()
        cls.server = Program(cls.program, *cls.arguments, config=section([cls.authority.issue("server")]),
                             tls=Greeting(cls.authority.client(), cls.greeting))
        cls.server.__enter__()

    def test_the_proxy_header_comes_before_the_handshake(self):
        answer = self.ask_json("/client")
        self.assertEqual((answer["client"].split(":")[0], answer["scheme"]), ("192.0.2.1", "https"))


class Greeting:
    """Wraps sockets after some bytes in plain text, together with the first of the handshake."""

    def __init__(self, context, greeting):
        self.context, self.greeting = context, greeting

    def wrap_socket(self, plain, **options):
        plain.sendall(self.greeting)
        return self.context.wrap_socket(plain, **options)


class OpsPort(unittest.TestCase):
    def test_the_ops_port_speaks_tls_as_well(self):
        authority = Authority()
        self.addCleanup(authority.close)
        cert, key = authority.issue("server")
        with Program("probe", config=f"ops: {{tls: {{certificates: [{CERTIFICATE.format(cert=cert, key=key)}]}}}}\n") as server:
            plain = socket.create_connection(("127.0.0.1", server.ops_port), patience(10))
            with authority.client().wrap_socket(plain, server_hostname="localhost") as link:
                link.sendall(request("/health/check", headers=("Connection: close",)))
                self.assertTrue(link.recv(100).startswith(b"HTTP/1.1 "))


class Mistakes(unittest.TestCase):
    """Files that cannot be used, and what is said about them at the start."""

    def setUp(self):
        self.authority = Authority()
        self.addCleanup(self.authority.close)
        self.folder = self.authority.folder

    def said(self, cert, key, more=""):
        file = self.folder / "app.yaml"
        file.write_text(section([(cert, key)], more))
        code, _, errors = run_once("probe", "-c", str(file), "--check-config")
        return code, errors

    def test_each_is_told_apart(self):
        cert, key = self.authority.issue("server")
        _, other_key = self.authority.issue("other")
        late = self.authority.issue("late", days=(-9, -2))
        early = self.authority.issue("early", days=(2, 9))
        der = self.folder / "server.der"
        self.authority.openssl("x509", "-in", cert, "-outform", "DER", "-out", der)
        locked = self.folder / "locked.key"
        self.authority.openssl("pkey", "-in", key, "-aes256", "-passout", "pass:sesame", "-out", locked)
        text = self.folder / "text.pem"
        text.write_text("hello")
        empty = self.folder / "empty.pem"
        empty.touch()
        cut = self.folder / "cut.pem"
        cut.write_text(pathlib.Path(cert).read_text()[:300] + "\n-----END CERTIFICATE-----\n")
        upside_down = self.folder / "chain.pem"
        upside_down.write_text(self.authority.pem.read_text() + pathlib.Path(cert).read_text())
        for a, b, wanted in (
                (self.folder / "none.pem", key, "none.pem cannot be read: No such file"),
                (self.folder, key, "is a folder"),
                (cert, self.folder / "none.key", "none.key cannot be read: No such file"),
                (empty, key, "empty.pem is empty"),
                (text, key, 'text.pem is not PEM: expected "-----BEGIN CERTIFICATE-----"'),
                (der, key, "is not PEM but DER"),
                (cut, key, "its certificate number 1 is damaged"),
                (key, cert, "cert and key may be swapped"),
                (cert, other_key, "does not belong to the certificate in"),
                (upside_down, key, "as number 2; it must come first"),
                (*late, "(CN=localhost) expired on"),
                (*early, "is not valid before"),
                (cert, locked, "keyPassword must say its password"),
                (cert, f"{locked}, keyPassword: wrong", "another password than keyPassword says")):
            with self.subTest(wanted):
                code, errors = self.said(a, b)
                self.assertEqual(code, 1, errors)
                self.assertIn("app.yaml:1:14: httpServer.tls: ", errors)
                self.assertIn(wanted, errors)
        self.assertEqual(self.said(cert, f"{locked}, keyPassword: sesame")[0], 0)
        for more, wanted in (("clientAuth: required", "clientAuth needs clientCa"),
                             ("minVersion: 1.1", 'expected one of "1.2", "1.3"'),
                             ("curves: X1", "curves \"X1\" cannot be used"),
                             ("ciphers: nothing", "ciphers \"nothing\" cannot be used"),
                             ("sessionLifetime: 1s", "expected 1m to 7d")):
            with self.subTest(more):
                code, errors = self.said(cert, key, more)
                self.assertEqual(code, 1, errors)
                self.assertIn(wanted, errors)


class Reload(unittest.TestCase):
    def setUp(self):
        self.authority = Authority()
        self.addCleanup(self.authority.close)
        self.cert, self.key = (self.authority.folder / name for name in ("live.pem", "live.key"))
        self.install("first")

    def install(self, name):
        """Both files, each replaced in one step."""
        for made, live in zip(self.authority.issue(name, name), (self.cert, self.key)):
            fresh = live.with_suffix(".fresh")
            shutil.copyfile(made, fresh)
            os.rename(fresh, live)

    def program(self, more="reloadCheck: 50ms"):
        return Program("probe", config=section([(self.cert, self.key)], more), tls=self.authority.client())

    def shown(self, server):
        plain = socket.create_connection(("127.0.0.1", server.port), patience(10))
        with server.tls.wrap_socket(plain, server_hostname="localhost") as link:
            return dict(pair for group in link.getpeercert()["subject"] for pair in group)["commonName"]

    def test_under_load_nothing_is_lost(self):
        stop, lost, served = threading.Event(), [], [0]

        def load(server, keep):
            while not stop.is_set():
                try:
                    with Connection(server) as connection:
                        for _ in range(20 if keep else 1):
                            connection.send(request("/client"))
                            if connection.response().status != 200:
                                raise AssertionError("not 200")
                            served[0] += 1
                except Exception as error:  # pylint: disable=broad-except
                    lost.append(repr(error))

        with self.program() as server:
            threads = [threading.Thread(target=load, args=(server, keep)) for keep in (True, True, False, False)]
            for thread in threads:
                thread.start()
            try:
                for round_number in range(scaled(8, 2)):
                    name = f"round{round_number}"
                    self.install(name)
                    eventually(lambda name=name: self.shown(server) == name, f"the certificate {name}")
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(lost, [])
            self.assertGreater(served[0], 50)

    def at_ops(self, server, path="/ops/tls", method="GET"):
        answer = ServedCase().ask(path, method, port=server.ops_port)
        return answer.status, json.loads(answer.body)

    def test_the_ops_port_tells_of_the_certificates_and_reads_them_again(self):
        with self.program("reloadCheck: 0s") as server:
            status, body = self.at_ops(server)
            self.assertEqual(status, 200)
            listener, = body["listeners"]
            certificate, = listener["certificates"]
            self.assertEqual((listener["listener"], certificate["file"], certificate["names"]), ("service", str(self.cert), ["127.0.0.1", "localhost"]))
            self.assertIn("first", certificate["subject"])
            self.assertIn(certificate["daysLeft"], (28, 29, 30))
            self.assertEqual(listener["daysLeft"], certificate["daysLeft"])
            text = ServedCase().ask("/metrics", port=server.ops_port).body.decode()
            left = float(re.search(r'^ngo_tls_certificate_time_left_seconds\{ngo_listener="service"\} (\S+)$', text, re.MULTILINE).group(1))
            self.assertAlmostEqual(left / 86400, 30, delta=2)
            self.install("second")
            self.assertEqual(self.shown(server), "first")
            status, body = self.at_ops(server, "/ops/tls/reload", "POST")
            self.assertEqual((status, self.shown(server)), (200, "second"))
            self.assertIn("second", body["listeners"][0]["certificates"][0]["subject"])
            self.cert.write_text("not a certificate")
            status, body = self.at_ops(server, "/ops/tls/reload", "POST")
            self.assertEqual((status, self.shown(server)), (400, "second"))
            self.assertIn("the old ones stay: ", body["detail"])
            self.assertIn("live.pem is not PEM", body["detail"])
            eventually(lambda: "ops: POST /ops/tls/reload asked by 127.0.0.1" in server.output(), "the line of who asked")

    def test_without_tls_there_is_nothing_to_read_again(self):
        with Program("probe") as server:
            self.assertEqual(self.at_ops(server), (200, {"listeners": []}))
            self.assertEqual(self.at_ops(server, "/ops/tls/reload", "POST")[0], 404)

    def test_a_broken_pair_keeps_the_old_one_and_says_why(self):
        with self.program() as server:
            self.cert.write_text("not a certificate")
            eventually(lambda: "the old ones stay" in server.output(), "a line of the log")
            self.assertIn("live.pem is not PEM", server.output())
            self.assertEqual(self.shown(server), "first")
            self.install("second")
            eventually(lambda: self.shown(server) == "second", "the second certificate")
            time.sleep(0.2)
            self.assertLessEqual(server.output().count("the old ones stay"), 2)


class TicketKeys(unittest.TestCase):
    """Copies of a service behind one address, which share the keys of their tickets."""

    def setUp(self):
        self.authority = Authority()
        self.addCleanup(self.authority.close)
        self.pair = self.authority.issue("server")

    def key_file(self, name, size=80, mode=0o600):
        path = self.authority.folder / name
        path.write_bytes(os.urandom(size))
        path.chmod(mode)
        return path

    def copy(self, *files):
        return Program("probe", config=section([self.pair], f"ticketKeyFiles: [{', '.join(map(str, files))}]"), tls=self.authority.client())

    def resumed(self, server, session):
        context = self.context
        with socket.create_connection(("127.0.0.1", server.port), patience(10)) as plain, \
                context.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
            connection.sendall(request("/tls", headers=("Connection: close",)))
            while connection.recv(65536):
                pass
            return connection.session_reused, connection.session

    def test_a_session_goes_on_at_another_copy_and_after_a_rotation(self):
        old, new = self.key_file("old.key"), self.key_file("new.key")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.context = self.authority.client()
            self.context.maximum_version = version
            with self.subTest(version), self.copy(old) as one, self.copy(new, old) as other, self.copy(new) as stranger:
                reused, session = self.resumed(one, None)
                self.assertFalse(reused)
                self.assertFalse(self.resumed(stranger, session)[0])
                reused, fresh = self.resumed(other, session)
                self.assertTrue(reused)
                self.assertTrue(self.resumed(stranger, fresh)[0])  # it was given one by the new key

    def test_a_file_that_is_wrong_is_named(self):
        for path, wanted in ((self.key_file("short.key", 48), "short.key has 48 bytes; expected 80"),
                             (self.key_file("open.key", mode=0o644), "open.key can be read by others"),
                             (self.authority.folder / "none.key", "none.key")):
            file = self.authority.folder / "app.yaml"
            file.write_text(section([self.pair], f"ticketKeyFiles: [{path}]"))
            code, _, errors = run_once("probe", "-c", str(file), "--check-config")
            self.assertEqual(code, 1, errors)
            self.assertIn(wanted, errors)


class Client(ServedCase):
    """Our client against servers of the openssl command, most of them bad."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority()

    @classmethod
    def tearDownClass(cls):
        cls.authority.close()
        super().tearDownClass()

    def serve(self, pair, *arguments):
        """Starts `openssl s_server` with the pair; gives back its port."""
        port = free_port()
        server = subprocess.Popen([need("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pair[0]), "-key",
                                   str(pair[1]), "-www", "-quiet", *arguments],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (server.kill(), server.wait()))
        eventually(lambda: listens(port), "s_server listens")
        return port

    def call(self, port, **options):
        query = {"port": port, "ca": str(self.authority.pem), **options}
        return self.ask_json("/tls/call?" + urllib.parse.urlencode(query))

    def test_a_good_server_is_called_in_both_versions(self):
        pair = self.authority.issue("good")
        for version in ("tls1_2", "tls1_3"):
            port = self.serve(pair, f"-{version}", "-alpn", "http/1.1")
            outcome = self.call(port, send="GET / HTTP/1.0\r\n\r\n", alpn="http/1.1")
            self.assertEqual(outcome["error"], "")
            self.assertEqual(outcome["version"], {"tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}[version])
            self.assertEqual(outcome["alpn"], "http/1.1")
            self.assertTrue(outcome["answer"].startswith("HTTP/1.0 200"), outcome)

    def test_each_bad_certificate_is_refused_with_its_own_words(self):
        issue = self.authority.issue
        folder = self.authority.folder
        stranger = Authority("Stranger")
        self.addCleanup(stranger.close)
        revoked = issue("revoked")
        self.authority.revoke(revoked[0])
        crl = self.authority.revocations()
        alone = folder / "alone.pem", folder / "alone.key"
        self.authority.self_signed("localhost", *alone, "subjectAltName=DNS:localhost")
        for pair, options, kind, said in (
                (issue("expired", days=(-9, -1)), {}, "expired", r"the certificate of localhost \(CN=localhost\) expired on \d{4}-"),
                (issue("early", days=(1, 9)), {}, "not_yet_valid", r"is not valid before \d{4}-"),
                (issue("host", names="DNS:a.example.com,DNS:b.example.com"), {}, "wrong_host",
                 "is not for localhost: it is for a.example.com, b.example.com"),
                (issue("address", names="DNS:localhost"), {"name": "127.0.0.1"}, "wrong_host", "is not for 127.0.0.1: it is for localhost"),
                (alone, {}, "self_signed", "is self-signed and not trusted"),
                (stranger.issue("stranger"), {}, "unknown_issuer", "is signed by CN=Stranger, which is not trusted"),
                (revoked, {"crl": crl}, "revoked", "has been revoked"),
                (issue("purpose", usage="clientAuth"), {}, "wrong_purpose", "is not meant for this use")):
            with self.subTest(kind):
                outcome = self.call(self.serve(pair), **options)
                self.assertEqual(outcome["certificate"], kind, outcome)
                self.assertRegex(outcome["error"], said)
                self.assertEqual(outcome["version"], "")
        self.assertEqual(self.call(self.serve(issue("unrevoked")), crl=crl)["error"], "")

    def test_without_verification_all_are_taken(self):
        self.assertEqual(self.call(self.serve(self.authority.issue("late", days=(-9, -1))), ca="", verify="false")["error"], "")

    def test_what_else_can_be_wrong_is_said(self):
        pair = self.authority.issue("good")
        with socket.create_server(("127.0.0.1", 0)) as plain:
            def answer():
                connection, _ = plain.accept()
                connection.recv(1000)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")
                connection.close()
            threading.Thread(target=answer).start()
            self.assertIn("does not speak TLS", self.call(plain.getsockname()[1])["error"])
        old = self.serve(pair, "-tls1_2")
        self.assertIn("no version of TLS that both sides take", self.call(old, tls13="true")["error"])
        strict = self.serve(pair, "-Verify", "1", "-verify_return_error", "-CAfile", str(self.authority.pem))
        error = self.call(strict, send="GET / HTTP/1.0\r\n\r\n")["error"]
        self.assertIn("wants a certificate of ours", error)
        cert, key = self.authority.issue("me", usage="clientAuth")
        self.assertEqual(self.call(strict, cert=cert, key=key, send="GET / HTTP/1.0\r\n\r\n")["error"], "")

    def test_a_stapled_answer_is_seen(self):
        pair = self.authority.issue("stapled")
        staple = self.authority.ocsp_answer(pair[0])
        self.assertTrue(self.call(self.serve(pair, "-status_file", str(staple)))["stapled"])

"""A real Spring Boot Admin server: the service registers, is polled, shows its pages, and is gone when it stops."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import Browser, Connection, Program, eventually, free_port, need, patience, request
from harness.environment import TOOLS

# As its pages ask. What comes as plain JSON it takes for Spring Boot 1 and turns around.
V3 = "application/vnd.spring-boot.actuator.v3+json, application/json;q=0.9"
HOME = TOOLS / "spring-boot-admin"
CONFIG = """
service: {{serviceName: the newsroom}}
log: [{{name: default, noFile: false, console: true, path: logs, fileName: newsroom}}]
admin:
  url: http://127.0.0.1:{port}
  period: 300ms
  instance: {{metadata: {{tags.environment: test}}}}
"""


class AdminServer:
    """Started on a free port; its start takes ten seconds and more."""

    def __init__(self, port=None):
        java = need("java", or_skip=True)
        if not (HOME / "classes" / "Admin.class").exists():
            raise unittest.SkipTest("Spring Boot Admin is missing; ./dev deps fetches it")
        self.port = port or free_port()
        self._folder = tempfile.mkdtemp(prefix="ngo-admin-")
        self._output = open(os.path.join(self._folder, "output"), "wb")
        command = [java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{HOME}/classes:{HOME}/lib/*", "Admin",
                   f"--server.port={self.port}", "--server.address=127.0.0.1", "--spring.boot.admin.monitor.status-interval=2s"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output, cwd=self._folder)

    def wait(self):
        deadline = time.monotonic() + patience(50)
        while True:
            try:
                if self.ask("/instances")[0] == 200:
                    return self
            except OSError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self._folder, "output"), encoding="utf-8", errors="replace") as output:
                    raise AssertionError(f"Spring Boot Admin does not start:\n{output.read()[-3000:]}")
            time.sleep(0.1)

    def ask(self, path, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience(20))
        try:
            connection.request(method, path, body, {"Accept": V3, "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else text

    def instances(self):
        return self.ask("/instances")[1]

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._output.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def ask_ops(server, path):
    with Connection(("127.0.0.1", server.ops_port)) as connection:
        connection.send(request(path, headers=("Connection: close",)))
        return json.loads(connection.response("GET").body)


def setUpModule():
    global admin
    admin = AdminServer()
    try:
        admin.wait()
    except BaseException:
        admin.stop()
        raise


def tearDownModule():
    admin.stop()


class Registered(unittest.TestCase):
    def start(self, name="newsroom"):
        server = Program(name, config=CONFIG.format(port=admin.port))
        server.__enter__()
        self.addCleanup(server.kill)
        return server

    def up(self, status="UP"):
        def seen():
            # The server finds the endpoints a moment after the health.
            found = [each for each in admin.instances() if each["statusInfo"]["status"] == status and len(each["endpoints"]) > 1]
            return found[0] if found else None

        try:
            return eventually(seen, f"an instance that is {status}", 25)
        except AssertionError as failure:
            raise AssertionError(f"{failure}: {admin.instances()}") from None

    def test_the_service_is_seen_with_its_endpoints_and_goes_when_it_stops(self):
        server = self.start()
        instance = self.up()
        self.assertEqual(instance["registration"]["name"], "the newsroom")
        self.assertEqual(instance["registration"]["metadata"]["tags.environment"], "test")
        endpoints = {each["id"] for each in instance["endpoints"]}
        self.assertLessEqual({"health", "info", "env", "configprops", "loggers", "logfile", "metrics", "mappings", "threaddump",
                              "httpexchanges", "startup"}, endpoints)
        eventually(lambda: ask_ops(server, "/actuator/health/springBootAdmin")["status"] == "UP", "the indicator's look")
        # What its pages ask goes through it to the service.
        through = f"/instances/{instance['id']}/actuator"
        self.assertEqual(admin.ask(through + "/loggers/ROOT")[1]["effectiveLevel"], "INFO")
        self.assertEqual(admin.ask(through + "/loggers/ROOT", "POST", b'{"configuredLevel":"DEBUG"}')[0], 204)
        self.assertEqual(admin.ask(through + "/loggers/ROOT")[1]["effectiveLevel"], "DEBUG")
        self.assertEqual(admin.ask(through + "/env/PID")[1]["property"]["value"], str(server.pid))
        server.__exit__(None, None, None)
        eventually(lambda: not admin.instances(), "the deregistration", 30)

    def test_the_state_of_the_service_is_seen(self):
        server = self.start()
        self.up()
        with Connection(("127.0.0.1", server.ops_port)) as connection:
            connection.send(request("/health/offline", headers=("Connection: close",)))
            connection.response("GET")
        self.up("OUT_OF_SERVICE")
        server.__exit__(None, None, None)

    def test_its_pages_show_the_service(self):
        server = self.start()
        instance = self.up()
        ask_ops(server, "/actuator/httpexchanges")  # begins to record
        for _ in range(3):
            with Connection(server) as connection:
                connection.send(request("/articles", headers=("Connection: close",)))
                connection.response("GET")
        base = f"http://127.0.0.1:{admin.port}/instances/{instance['id']}"
        pictures = os.environ.get("NGO_PICTURES")  # where to put what the pages look like
        with Browser() as browser:
            for page, *texts in (("details", "the newsroom", "Uptime", str(server.pid)), ("metrics", "process.cpu.usage"), ("loggers", "ROOT"),
                                 ("env", "service.serviceName"), ("threaddump", "ngo-w"), ("configprops", "httpServer"),
                                 ("mappings", "/articles"), ("startup", "ngo.start"), ("logfile", "started in"), ("httpexchanges", "/articles")):
                with self.subTest(page=page):
                    tab = browser.open(f"{base}/{page}")
                    tab.call("Emulation.setDeviceMetricsOverride", width=1280, height=1200, deviceScaleFactor=1, mobile=False)
                    for text in texts:
                        tab.wait_for(f"document.body.innerText.toLowerCase().includes({json.dumps(text.lower())})", 30)
                    shown = tab.evaluate("document.body.innerText")
                    self.assertNotIn("Fetching failed", shown)
                    self.assertNotIn("Fetch failed", shown)
                    if pictures:
                        tab.picture(pathlib.Path(pictures) / f"spring-boot-admin-{page}.png")
                    tab.close()
        server.__exit__(None, None, None)


class Away(unittest.TestCase):
    def test_a_server_that_is_down_is_a_state_and_found_when_it_comes(self):
        port = free_port()
        server = Program("hello", config=CONFIG.format(port=port))
        server.__enter__()
        self.addCleanup(server.kill)
        eventually(lambda: "cannot register" in server.output(), "the warning")
        component = ask_ops(server, "/actuator/health?fresh=true")["components"]["springBootAdmin"]
        self.assertEqual(component["status"], "UNKNOWN")
        self.assertEqual(ask_ops(server, "/actuator/health")["status"], "UP")
        with socket.create_server(("127.0.0.1", port)) as late:
            late.settimeout(patience(10))
            connection, _ = late.accept()
            with connection:
                connection.settimeout(patience(10))
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536)
                self.assertTrue(head.startswith(b"POST /instances HTTP/1.1\r\n"))
                connection.sendall(b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"id":"abcd"}')
                eventually(lambda: "registered at" in server.output(), "the registration")
        self.assertEqual(server.output().count("cannot register"), 1)
        server.__exit__(None, None, None)

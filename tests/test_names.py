"""Name lookup beside a DNS server that others wrote (dnsmasq): records, long answers, what is not there, and a server that
goes away and comes back."""

import json
import os
import socket
import tempfile
import threading

from harness import ServedCase, eventually
from harness.names import Dnsmasq

RECORDS = ("host-record=db.test,192.0.2.1,2001:db8::1,60", "cname=www.test,db.test,30",
           "srv-host=_pg._tcp.test,db.test,5432,10,5", "srv-host=_pg._tcp.test,backup.test,5433,20,5",
           "host-record=local.test,127.0.0.1,::1",
           *(f"host-record=many.test,10.0.{i // 250}.{i % 250 + 1}" for i in range(120)))


class Names(ServedCase):
    program = "lookup"

    @classmethod
    def setUpClass(cls):
        cls.names = Dnsmasq(*RECORDS)
        cls.folder = tempfile.TemporaryDirectory(prefix="ngo-names-")
        hosts = os.path.join(cls.folder.name, "hosts")
        with open(hosts, "w", encoding="utf-8") as file:
            file.write("192.0.2.50 printer\n")
        cls.arguments = ("--set", f"dns.servers=127.0.0.1:{cls.names.port}", "--set", "dns.search=nowhere.test,test",
                         "--set", f"dns.hostsFile={hosts}", "--set", "dns.timeout=500ms")
        try:
            super().setUpClass()
        except BaseException:
            cls.names.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.names.stop()
            cls.folder.cleanup()

    def addresses(self, host, family="any"):
        return self.ask_json(f"/addresses/{host}?family={family}")

    def test_addresses_of_both_families(self):
        found = self.addresses("db.test")
        self.assertEqual((found["name"], found["addresses"]), ("db.test", ["2001:db8::1", "192.0.2.1"]))
        self.assertTrue(50 <= found["seconds"] <= 60, found)
        self.assertEqual(self.addresses("db.test", "ipv4")["addresses"], ["192.0.2.1"])

    def test_aliases_short_names_and_the_hosts_file(self):
        self.assertEqual(self.addresses("www.test", "ipv4")["addresses"], ["192.0.2.1"])
        self.assertEqual(self.addresses("db")["name"], "db.test")
        self.assertEqual(self.addresses("printer")["addresses"], ["192.0.2.50"])
        self.assertEqual(self.addresses("localhost")["addresses"], ["::1", "127.0.0.1"])

    def test_an_answer_too_long_for_a_datagram(self):
        self.assertEqual(len(self.addresses("many.test", "ipv4")["addresses"]), 120)

    def test_what_is_not_there(self):
        answer = self.ask("/addresses/gone.test.")
        self.assertEqual(answer.status, 404)
        self.assertIn("is not known", json.loads(answer.body)["detail"])
        self.assertEqual(self.ask("/addresses/a..b").status, 400)
        self.assertEqual(self.ask("/greeting/gone.test/80").status, 503)

    def test_servers_of_a_service_by_priority(self):
        self.assertEqual(self.ask_json("/services/_pg._tcp.test"),
                         [{"host": "db.test", "port": 5432, "priority": 10},
                          {"host": "backup.test", "port": 5433, "priority": 20}])

    def test_a_connection_by_name(self):
        # At 127.0.0.1 alone: ::1 refuses.
        with socket.create_server(("127.0.0.1", 0)) as listening:
            def serve():
                connection, _ = listening.accept()
                connection.sendall(b"220 hello")
                connection.close()
            thread = threading.Thread(target=serve)
            thread.start()
            self.assertEqual(self.ask(f"/greeting/local.test/{listening.getsockname()[1]}").body, b"220 hello")
            thread.join()

    def test_names_that_are_asked_for_all_at_once(self):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.addresses("www.test")["addresses"]))
                   for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [["2001:db8::1", "192.0.2.1"]] * 20)


class Outage(ServedCase):
    program = "lookup"

    @classmethod
    def setUpClass(cls):
        cls.names = Dnsmasq("host-record=db.test,192.0.2.1")
        settings = {"servers": f"127.0.0.1:{cls.names.port}", "minTtl": "0s", "maxTtl": "10ms", "failureTtl": "10ms",
                    "timeout": "300ms"}
        cls.arguments = [word for key, value in settings.items() for word in ("--set", f"dns.{key}={value}")]
        cls.arguments += ["--set", "runtime.workers=1"]
        try:
            super().setUpClass()
        except BaseException:
            cls.names.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            cls.names.stop()

    def lookup(self):
        return self.ask_json("/addresses/db.test?family=ipv4")

    def test_old_answers_serve_while_the_server_is_away(self):
        self.assertFalse(self.lookup()["stale"])
        self.names.stop()
        eventually(lambda: self.lookup()["stale"], "an old answer")
        self.assertEqual(self.lookup()["addresses"], ["192.0.2.1"])
        self.assertEqual(self.ask("/addresses/other.test").status, 503)
        warning = "no new answer for db.test (A)"
        eventually(lambda: warning in self.server.output(), "the warning")
        type(self).names = Dnsmasq("host-record=db.test,192.0.2.2", port=self.names.port)
        eventually(lambda: self.lookup()["addresses"] == ["192.0.2.2"], "the new answer")
        self.assertEqual(self.server.output().count(warning), 1)

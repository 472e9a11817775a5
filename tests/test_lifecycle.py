"""Start, stop, signals, exit codes, command line, mistakes of configuration."""

import os
import re
import signal
import socket
import tempfile
import time
import unittest

from harness import Connection, Program, WireError, eventually, exchange, request, run_once

OFF = ("--set", "httpServer.port=0", "--set", "ops.port=0")


def begin_slow_request(program, target="/never"):
    """A connection with a request that the service works on."""
    connection = Connection(program)
    connection.send(request(target))
    wait = Connection(program)
    try:
        def begun():
            wait.send(request("/waits"))
            return b'"begun":0' not in wait.response().body
        eventually(begun, "the start of the handler")
    finally:
        wait.close()
    return connection


class Start(unittest.TestCase):
    def test_one_line_tells_what_has_started(self):
        with Program("probe", "--set", "runtime.workers=3") as program:
            line = next(line for line in program.output().splitlines() if "started in" in line)
            for part in ("probe", "7.8.9", "3 workers", f"http://127.0.0.1:{program.port}", "ledger", "teller",
                         "configuration"):
                self.assertIn(part, line)

    def test_it_answers_soon_after_its_start(self):
        began = time.monotonic()
        with Program("hello"):
            self.assertLess(time.monotonic() - began, 5)

    def test_hooks_and_modules_come_in_their_order(self):
        with Program("probe") as program:
            program.stop()
            said = re.findall(r"probe: (.+)", program.output())
        self.assertEqual(said, ["ledger opens", "teller opens", "pre_start", "after_start", "before_stop",
                                "teller drains", "after_stop", "teller closes", "ledger closes"])

    def test_a_port_that_is_taken_is_a_sentence_and_exit_code_1(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            code, output, errors = run_once("hello", "--set", f"httpServer.port={port}", "--set", "ops.port=0",
                                            "--set", "httpServer.host=127.0.0.1")
            text = output + errors
            self.assertEqual(code, 1, text)
            self.assertIn(str(port), text)
            self.assertRegex(text, "(?i)taken|in use")
            self.assertNotIn("terminate called", text)

    def test_two_copies_do_not_share_a_port(self):
        with Program("hello", "--set", "runtime.workers=2") as program:
            second = Program("hello", "--set", f"httpServer.port={program.port}", "--set", "runtime.workers=2",
                             expect_exit=1, stop_within=5)
            second.start()
            try:
                self.assertEqual(second.wait(), 1, "a second copy has taken the same port")
            finally:
                second.kill()

    def test_a_unix_socket_is_served(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            program = Program("hello", "--set", f"httpServer.host=unix:{path}")
            program.start()
            try:
                eventually(lambda: os.path.exists(path), "the socket")

                def answer():
                    with socket.socket(socket.AF_UNIX) as client:
                        client.connect(path)
                        client.sendall(request("/hello", headers=("Connection: close",)))
                        return client.recv(100).startswith(b"HTTP/1.1 200 ")
                eventually(answer, "an answer")
                program.stop()
            finally:
                program.kill()

    def test_the_system_manager_is_told(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(folder, "notify")
            manager.bind(path)
            manager.settimeout(10)
            with Program("hello", env={"NOTIFY_SOCKET": path}) as program:
                self.assertEqual(manager.recv(100).split(b"\n")[0], b"READY=1")
                program.signal()
                self.assertEqual(manager.recv(100).split(b"\n")[0], b"STOPPING=1")
                self.assertEqual(program.wait(), 0)


class Stop(unittest.TestCase):
    def test_term_int_and_quit_stop_gracefully(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number.name), Program("probe") as program:
                slow = begin_slow_request(program, "/slow?time=300ms")
                program.signal(number)
                answer = slow.response()
                self.assertEqual((answer.status, answer.body), (200, b"slept"))
                self.assertTrue(answer.closes)
                self.assertEqual(program.wait(), 0)

    def test_stop_from_inside_is_the_same(self):
        with Program("probe") as program:
            answer = exchange(program, request("/stop", "POST", ("Connection: close",)))[0]
            self.assertEqual(answer.body, b"stopping")
            self.assertEqual(program.wait(), 0)

    def test_answers_carry_connection_close_while_it_drains(self):
        with Program("probe", "--set", "httpServer.shutdownDelay=1h", expect_exit=128 + signal.SIGTERM) as program:
            connection = Connection(program)
            connection.send(request("/result/string"))
            self.assertFalse(connection.response().closes)
            program.signal()

            def ready():
                return exchange(program, request("/health/status", headers=("Connection: close",)))[0].status == 200
            eventually(lambda: not ready(), "not ready")
            # Still serving, also on new connections. Each worker learns of the drain in its own time.
            def closes():
                again = exchange(program, request("/result/string"))[0]
                self.assertEqual(again.status, 200)
                return again.closes
            eventually(closes, "answers with `Connection: close`")
            program.signal()  # the second one ends the delay
            self.assertEqual(program.wait(), 128 + signal.SIGTERM)

    def test_the_ops_port_stays_up_while_the_service_drains(self):
        with Program("probe") as program:
            slow = begin_slow_request(program)
            program.signal()
            ops = ("127.0.0.1", program.ops_port)

            def not_ready():
                answer = exchange(ops, request("/health/status", headers=("Connection: close",)))[0]
                return answer.status == 403
            eventually(not_ready, "not ready")
            slow.vanish()
            self.assertEqual(program.wait(), 0)

    def test_a_download_in_flight_comes_to_its_end(self):
        with Program("probe") as program, Connection(program, receive_buffer=64 * 1024) as connection:
            connection.send(request("/flow?bytes=50000000"))
            eventually(lambda: in_flight(program) == 1, "the request")
            program.signal()
            eventually(lambda: "stopping" in program.output(), "the stop")
            answer = connection.response()
            self.assertEqual((len(answer.body), answer.complete), (50_000_000, True))
            self.assertEqual(program.wait(), 0)

    def test_a_request_over_the_limit_is_broken_off_and_said(self):
        with Program("probe", "--set", "httpServer.shutdownTimeout=300ms") as program:
            slow = begin_slow_request(program)
            program.signal()
            with self.assertRaises((EOFError, WireError)):
                slow.response()
            self.assertEqual(program.wait(), 0)
            self.assertIn("1 requests did not end in time", program.output())

    def test_a_second_signal_does_not_wait(self):
        with Program("probe", "--set", "httpServer.shutdownTimeout=1h", expect_exit=130) as program:
            begin_slow_request(program)
            program.signal(signal.SIGTERM)
            eventually(lambda: "SIGTERM" in program.output(), "the first signal")
            program.signal(signal.SIGINT)
            self.assertEqual(program.wait(), 130)
            self.assertIn("ledger closes", program.output())

    def test_quit_can_be_made_to_stop_at_once(self):
        with Program("probe", "--set", "httpServer.quitStopsAtOnce=true", "--set", "httpServer.shutdownTimeout=1h",
                     expect_exit=None) as program:
            begin_slow_request(program)
            program.signal(signal.SIGQUIT)
            program.wait()
            self.assertIn("ledger closes", program.output())
            program.expect_exit = program.process.returncode

    def test_idle_connections_do_not_delay_a_stop(self):
        with Program("probe") as program:
            idle = [Connection(program) for _ in range(20)]
            for connection in idle:
                connection.send(request("/result/string"))
                connection.response()
            began = time.monotonic()
            program.signal()
            self.assertEqual(program.wait(), 0)
            self.assertLess(time.monotonic() - began, 5)
            self.assertTrue(all(connection.closed() for connection in idle))

    def test_what_stands_behind_an_answer_with_connection_close_is_not_begun(self):
        with Program("probe") as program:
            slow = begin_slow_request(program, "/slow?time=300ms")
            slow.send(request("/result/string"))
            program.signal()
            answers = slow.responses_to_the_end()
            self.assertEqual([answer.body for answer in answers], [b"slept"])
            self.assertTrue(answers[-1].closes)
            self.assertEqual(program.wait(), 0)

    def test_an_upload_in_flight_comes_to_its_end(self):
        with Program("probe") as program:
            connection = Connection(program)
            connection.send(request("/sink", "POST", ("Content-Length: 10",)) + b"01234")
            eventually(lambda: in_flight(program) == 1, "the request")
            program.signal()
            eventually(lambda: "stopping" in program.output(), "the stop")
            connection.send(b"56789")
            self.assertIn(b'"bytes":10', connection.response().body)
            self.assertEqual(program.wait(), 0)


def in_flight(program):
    answer = exchange(("127.0.0.1", program.ops_port), request("/health/offline", headers=("Connection: close",)))[0]
    return int(answer.get("x-inflight"))


class CommandLine(unittest.TestCase):
    def test_help_lists_the_options(self):
        code, output, _ = run_once("probe", "--help")
        self.assertEqual(code, 0)
        for option in ("-c", "--config", "-w", "--watch", "-d", "--set", "--help", "--version", "--check-config"):
            self.assertIn(option, output)

    def test_version_is_the_services(self):
        code, output, _ = run_once("probe", "--version")
        self.assertEqual((code, "7.8.9" in output), (0, True), output)

    def test_wrong_use_is_exit_code_2(self):
        for arguments in (("--nonsense",), ("-c",), ("--set",), ("surplus",)):
            with self.subTest(arguments):
                code, output, errors = run_once("probe", *arguments)
                self.assertEqual(code, 2, output + errors)
                self.assertTrue(errors.strip())

    def test_check_config_says_yes_or_no_and_serves_nothing(self):
        code, output, errors = run_once("probe", "--check-config", *OFF)
        self.assertEqual(code, 0, output + errors)
        self.assertNotIn("ledger opens", errors)
        code, output, errors = run_once("probe", "--check-config", "--set", "httpServer.prot=1")
        self.assertEqual(code, 1)
        self.assertIn("prot", output + errors)

    def test_print_config_shows_what_holds_and_where_it_is_from(self):
        code, output, errors = run_once("probe", "--print-config", "--set", "httpServer.port=4711")
        self.assertEqual(code, 0, output + errors)
        self.assertRegex(output, r'port: "?4711"? .*--set')

    def test_a_file_that_is_not_there_is_exit_code_1(self):
        code, output, errors = run_once("probe", "-c", "/nowhere/app.yaml")
        self.assertEqual(code, 1)
        self.assertIn("/nowhere/app.yaml", output + errors)


class Configuration(unittest.TestCase):
    def check(self, text, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "app.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            code, output, errors = run_once("probe", "-c", path, "--check-config", *arguments)
            return code, output + errors

    BASE = "ledger: { opening: 1 }\nteller: { step: 2 }\n"

    def test_a_good_file_is_taken(self):
        code, text = self.check(self.BASE + "httpServer:\n  port: 0\n  headerTimeout: 1m30s\n  max-body-size: 64KiB\n"
                                            "  max_headers: 50\n")
        self.assertEqual(code, 0, text)

    def test_all_mistakes_are_told_at_once_with_line_and_nearest_key(self):
        code, text = self.check(self.BASE + "httpServer:\n  prot: 8080\n  headerTimeout: fast\n  maxHeaders: 0\n"
                                            "  health: some\nleger: 3\n")
        self.assertEqual(code, 1)
        for part in ("app.yaml:4", "prot", '"port"', "app.yaml:5", "headerTimeout", "fast", "app.yaml:6", "maxHeaders",
                     "app.yaml:7", "probes", "all", "none", "app.yaml:8", "leger"):
            self.assertIn(part.strip('"'), text)

    def test_set_wins_over_the_file(self):
        code, text = self.check(self.BASE + "httpServer: { headerTimeout: fast }\n", "--set",
                                "httpServer.headerTimeout=1s")
        self.assertEqual(code, 0, text)

    def test_broken_yaml_is_told_with_its_line(self):
        code, text = self.check(self.BASE + "httpServer: [\n")
        self.assertEqual(code, 1)
        self.assertRegex(text, r"app\.yaml:[34]")

    def test_the_file_in_the_working_folder_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "app.yaml"), "w", encoding="utf-8") as file:
                file.write(self.BASE + "httpServer: { prot: 1 }\n")
            code, output, errors = run_once("probe", "--check-config", cwd=folder)
            self.assertEqual(code, 1)
            self.assertIn("prot", output + errors)

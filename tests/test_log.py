"""The log under load and under faults: a million lines of every worker, kill -9, crashes, full disks, forged lines."""

import contextlib
import glob
import gzip
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import unicodedata
import unittest
import urllib.parse

from harness import Connection, Program, eventually, request, sanitizer, scaled

WORKERS = 2
# Floods hold the workers: what the watchdog says of that would be among the lines that are counted.
QUIET = ("--set", "runtime.blockedWorkerLimit=0")
FLOOD = re.compile(rb"^flood (\d+) (\d+) end(?: \{[^\n]*\})?$", re.M)


def settings(**values):
    """Arguments for `log.*`."""
    return [part for key, value in values.items() for part in ("--set", f"log.{key}={value}")]


def post(server, target, value=None, port=None, timeout=10.0):
    body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
    where = server if port is None else ("127.0.0.1", port)
    with Connection(where, timeout=timeout) as connection:
        connection.send(request(target, "POST", ("Connection: close", "Content-Type: application/json"), body))
        return connection.response("POST")


def get(server, target, headers=(), port=None):
    where = server if port is None else ("127.0.0.1", port)
    with Connection(where) as connection:
        connection.send(request(target, headers=("Connection: close", *headers)))
        return connection.response()


class Logger(Program):
    """The program `logger`, which names its ports in a file."""

    def __init__(self, folder, *arguments, **options):
        super().__init__("logger", *arguments, **options)
        self._log = f"{folder}/logger.log"

    def _read_ports(self):
        with contextlib.suppress(FileNotFoundError), open(self._log, encoding="utf-8") as file:
            self._take_ports(file.read())


class LogCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ngo-log-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.logs = f"{self.folder}/logs"
        self.file = f"{self.logs}/logger.log"
        self.errors = f"{self.logs}/logger.error.log"

    def start(self, *arguments, folder=None, environment=None, expect_exit=0, **more):
        folder = folder or self.logs
        options = {"noFile": "false", "path": folder, "errorPath": folder, "fileName": "logger", **more}
        return Logger(folder, *settings(**options), "--set", f"runtime.workers={WORKERS}", *QUIET, *arguments,
                       env=environment, expect_exit=expect_exit)

    def say(self, server, text, **more):
        answer = post(server, "/say", {"text": text, **more})
        self.assertEqual(answer.status, 204, answer)

    def read(self, path=None):
        try:
            with open(path or self.file, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def wait_for(self, text, path=None):
        return eventually(lambda: text in self.read(path) and self.read(path), f"{text!r} in the log", 30)

    def flood(self, server, lines, query=""):
        answer = post(server, f"/flood/{lines}{query}", timeout=150.0)
        self.assertEqual(answer.status, 204, answer)


def files_of(folder):
    """The contents of all files of the log, the oldest first; compressed ones as they were."""
    rotated = sorted(glob.glob(f"{folder}/logger-*"))
    last = f"{folder}/logger.log"
    for path in [*rotated, last] if os.path.exists(last) else rotated:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
            yield path, file.read()


class Numbers:
    """Reads files of flood lines and checks that none is torn and that each worker's numbers go up."""

    def __init__(self, case):
        self.case = case
        self.last = [0] * WORKERS
        self.missing = 0
        self.lines = 0

    def read(self, path, data):
        found = FLOOD.findall(data)
        self.lines += len(found)
        self.case.assertEqual(len(found), data.count(b"flood "), f"torn lines in {path}")
        for worker in range(WORKERS):
            numbers = [int(number) for its, number in found if int(its) == worker]
            if not numbers:
                continue
            self.case.assertGreater(numbers[0], self.last[worker], path)
            steps = numbers[-1] - self.last[worker]
            if steps != len(numbers):
                self.case.assertEqual(numbers, sorted(set(numbers)), path)
                self.missing += steps - len(numbers)
            elif numbers != list(range(numbers[0], numbers[-1] + 1)):
                self.case.fail(f"{path}: lines of worker {worker} are not in order")
            self.last[worker] = numbers[-1]


class Floods(LogCase):
    def test_a_million_lines_of_every_worker_survive_rotation_and_compression(self):
        count = scaled(1_000_000)
        with self.start(format="blank", maxSize=1, maxBackups=0, compress="true") as server:
            self.flood(server, count // 2)
            self.flood(server, count - count // 2)
            eventually(lambda: not glob.glob(f"{self.logs}/logger-*.log") and not glob.glob(f"{self.logs}/*.part"),
                       "the compression of all rotated files", 60)
        numbers = Numbers(self)
        files = 0
        for path, data in files_of(self.logs):
            self.assertTrue(data.endswith(b"\n"), path)
            self.assertLessEqual(len(data), 1024 * 1024, path)
            self.assertNotIn(b"were dropped", data)
            numbers.read(path, data)
            files += 1
        self.assertEqual((numbers.last, numbers.missing), ([count] * WORKERS, 0))
        self.assertGreater(files, 4)

    def test_no_more_backups_are_kept_than_wished(self):
        with self.start(format="blank", maxSize=1, maxBackups=2, compress="true") as server:
            self.flood(server, 150_000)
            eventually(lambda: len(glob.glob(f"{self.logs}/logger-*.gz")) == 2 == len(glob.glob(f"{self.logs}/logger-*")),
                       "two compressed backups", 30)

    def test_what_a_burst_loses_is_counted_and_warnings_are_kept(self):
        """Lines that nobody waits for: what is missing is what was told, and never a warning."""
        count = scaled(500_000)
        with self.start(format="blank") as server:
            self.flood(server, count, f"?pace=0&warn_every={count // 400}")
            self.flood(server, 1)  # the next line tells what was lost before
        data = self.read()
        numbers = Numbers(self)
        numbers.read(self.file, data)
        told = sum(int(lines) for lines in re.findall(rb'were dropped[^\n]*"lines": ?(\d+)', data))
        self.assertEqual(numbers.missing, told)
        self.assertEqual(numbers.last, [count + 1] * WORKERS)
        kept = [set() for _ in range(WORKERS)]
        for worker, number in FLOOD.findall(data):
            kept[int(worker)].add(int(number))
        for numbers_of in kept:
            self.assertFalse(set(range(count // 400, count + 1, count // 400)) - numbers_of)


class Killed(LogCase):
    def test_kill_loses_the_last_lines_of_each_worker_and_nothing_before(self):
        ledger = f"{self.folder}/ledger"
        with self.start("--set", f"flood.ledger={ledger}", format="blank", maxSize=1, maxBackups=0,
                        expect_exit=-signal.SIGKILL) as server:
            with Connection(server) as connection:
                connection.send(request("/flood/100000000", "POST"))
                # Three files at least, so that it comes while they change.
                eventually(lambda: len(glob.glob(f"{self.logs}/logger-*")) >= 3, "rotated files", 60)
                server.signal(signal.SIGKILL)
                self.assertEqual(server.wait(), -signal.SIGKILL)
        with open(ledger, "rb") as file:
            certain = struct.unpack(f"{WORKERS}q", file.read().ljust(8 * WORKERS, b"\0"))
        numbers = Numbers(self)
        pieces = list(files_of(self.logs))
        # The kernel may stop a write at the end of a page: the very last line may be a part of one.
        path, last = pieces.pop()
        whole, _, rest = last.rpartition(b"\n")
        self.assertRegex(rest.decode(), r"^[^\n]{0,300}$")
        for name, data in (*pieces, (path, whole + b"\n" if whole else b"")):
            numbers.read(name, data)
        self.assertEqual(numbers.missing, 0)
        for worker in range(WORKERS):
            self.assertGreaterEqual(numbers.last[worker], certain[worker], "a line that was flushed is gone")


class Crashes(LogCase):
    def crash(self, target, number, name, frame="main"):
        environment = {"ASAN_OPTIONS": "handle_segv=0:handle_abort=0:detect_leaks=0", "TSAN_OPTIONS": "handle_segv=0:handle_abort=0"}
        with self.start(environment=environment, expect_exit=-number) as server:
            with Connection(server) as connection:
                connection.send(request(target))
                self.assertEqual(server.wait(), -number)
            output = server.output()
        self.assertIn(f"the program crashed: {name}", output)
        self.assertRegex(output, r"(?m)^  0x[0-9a-f]+$")
        log = self.read().decode()
        at = log.index("the last words")
        report = log[at:]
        self.assertIn("[fatal]", report)
        self.assertIn(f"the program crashed: {name}", report)
        self.assertIn('"stack":', report)
        self.assertIn(frame, report)
        self.assertTrue(log.endswith("\n"))
        self.assertIn(f"the program crashed: {name}", self.read(self.errors).decode())

    def test_a_wrong_address_in_a_handler_is_told_after_the_lines_before(self):
        self.crash("/crash", signal.SIGSEGV, "SIGSEGV")

    def test_a_stack_that_is_full_is_told_too(self):
        if sanitizer() == "tsan":
            self.skipTest("the thread sanitizer's own functions may be what the full stack has no room for")
        self.crash("/overflow", signal.SIGSEGV, "SIGSEGV", "deeper")

    def test_abort_is_told_after_the_lines_before(self):
        self.crash("/abort", signal.SIGABRT, "SIGABRT")


class Faults(LogCase):
    @contextlib.contextmanager
    def tiny_disk(self, size="1m"):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small file system")
        disk = f"{self.folder}/disk"
        os.mkdir(disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"mount is not permitted: {done.stderr.decode().strip()}")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "-l", disk], check=True)

    def lost(self, server, path, logged):
        """Floods a file that takes no more; what is there, and what was told as lost, must be all of it."""
        self.wait_for(b"can be written to again", path)
        data = self.read(path)
        told = sum(int(lines) for lines in re.findall(rb'can be written to again[^\n]*"lines_lost": ?(\d+)', data))
        whole = [line for line in data.split(b"\n") if FLOOD.fullmatch(line)]
        self.assertEqual(len(whole) + told, logged)
        self.assertGreater(told, 0)
        self.assertIn("cannot be written to: ", server.output())
        # One line may have been cut; it stands alone.
        torn = [line for line in data.split(b"\n") if line.startswith(b"flood") and not FLOOD.fullmatch(line)]
        self.assertLessEqual(len(torn), 1, torn)

    def test_a_full_disk_costs_lines_and_is_told_and_nothing_else(self):
        with self.tiny_disk() as disk:
            path = f"{disk}/logger.log"
            ballast = f"{disk}/ballast"
            with open(ballast, "wb") as file:
                file.write(b"x" * 700_000)
            with self.start(folder=disk, format="blank") as server:
                self.flood(server, 20_000)
                eventually(lambda: "cannot be written to: No space left" in server.output(), "the complaint")
                self.assertEqual(get(server, "/quiet/1").status, 204)
                os.remove(ballast)
                self.say(server, "space again")
                self.wait_for(b"space again", path)
                self.lost(server, path, 20_000 * WORKERS)

    def test_a_disk_that_is_full_for_the_rotated_files_too_is_survived(self):
        with self.tiny_disk("1150k") as disk:
            with self.start(folder=disk, format="blank", maxSize=1, maxBackups=1, compress="true") as server:
                self.flood(server, 60_000)
                self.assertTrue(glob.glob(f"{disk}/logger-*"))
                self.assertEqual(get(server, "/quiet/1").status, 204)
                eventually(lambda: not glob.glob(f"{disk}/*.part"), "the end of the compression", 30)
                for path in glob.glob(f"{disk}/logger-*"):
                    with contextlib.suppress(FileNotFoundError):  # gone as one too many
                        os.remove(path)
                with open(f"{disk}/logger.log", "r+b") as file:
                    file.truncate(0)
                self.say(server, "space again")
                self.wait_for(b"space again", f"{disk}/logger.log")

    def test_a_limit_for_the_size_of_files_ends_lines_and_not_the_service(self):
        with self.start(format="blank") as server:
            _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (100_000, hard))
            self.flood(server, 20_000)
            eventually(lambda: "cannot be written to: File too large" in server.output(), "the complaint")
            self.assertEqual(get(server, "/quiet/1").status, 204)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
            self.say(server, "space again")
            self.wait_for(b"space again")
            self.lost(server, self.file, 20_000 * WORKERS)

    def test_a_stop_under_such_a_limit_ends_as_it_should(self):
        with self.start() as server:
            _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, hard))

    def say_until(self, server, condition, what):
        """A line that only the look at the file after it notices: until then they are lost."""
        def once():
            self.say(server, "are you there")
            return condition()
        return eventually(once, what)

    def opened_anew(self, server):
        self.say_until(server, lambda: b"opened anew" in self.read(), "the file, opened anew")
        self.say(server, "and on it goes")
        self.wait_for(b"and on it goes")

    def test_a_directory_that_is_removed_is_made_again(self):
        with self.start() as server:
            shutil.rmtree(self.logs)
            self.opened_anew(server)

    def test_a_file_that_somebody_else_rotates_is_opened_anew(self):
        with self.start() as server:
            self.say(server, "before")
            self.wait_for(b"before")
            os.rename(self.file, f"{self.logs}/by-somebody")
            with open(self.file, "wb"):
                pass
            self.opened_anew(server)
            self.assertNotIn(b"before", self.read())
            self.assertIn(b"before", self.read(f"{self.logs}/by-somebody"))

    def test_a_file_that_is_emptied_is_gone_on_with_from_its_start(self):
        with self.start() as server:
            self.say(server, "before")
            self.wait_for(b"before")
            os.truncate(self.file, 0)
            self.say(server, "after")
            self.assertNotIn(b"\0", self.wait_for(b"after"))
            self.assertNotIn(b"before", self.read())

    def test_errors_go_into_a_file_of_their_own_too(self):
        with self.start(warnHook="false") as server:
            for level in ("info", "warn", "error", "fatal"):
                self.say(server, f"a line of {level} here", level=level)
        log, errors = self.read(), self.read(self.errors)
        for level in ("info", "warn", "error", "fatal"):
            self.assertEqual(log.count(f"a line of {level} here".encode()), 1)
            self.assertEqual(errors.count(f"a line of {level} here".encode()), int(level in ("error", "fatal")))

    def test_a_directory_that_cannot_be_made_stops_the_start(self):
        with open(f"{self.folder}/file", "wb"):
            pass
        program = self.start(folder=f"{self.folder}/file/logs", expect_exit=1)
        program.start()
        try:
            self.assertEqual(program.wait(), 1)
            self.assertIn(f"{self.folder}/file/logs", program.output())
        finally:
            program.kill()
            program.__exit__(ValueError, None, None)


class Levels(LogCase):
    """The ops port changes what is logged."""

    def setUp(self):
        super().setUp()
        server = self.start()
        self.server = server.__enter__()
        self.addCleanup(lambda: server.__exit__(None, None, None))
        get(self.server, "/quiet/0")  # the logger "odd" is known from its first use on
        self.number = 0

    def set(self, target, value):
        return post(self.server, target, value, port=self.server.ops_port)

    def levels(self):
        return json.loads(get(self.server, "/logging", port=self.server.ops_port).body)

    def watched(self):
        return json.loads(get(self.server, "/logging/watched", port=self.server.ops_port).body)

    def details(self, target="/quiet", headers=()):
        """What a request that logs details left in the log, up to a line that comes after it."""
        self.number += 1
        self.assertEqual(get(self.server, f"{target}/{self.number}", headers=headers).status, 204)
        self.say(self.server, f"mark {self.number};", level="error")
        log = self.wait_for(f"mark {self.number};".encode()).decode()
        return [kind for kind in ("a detail", "an odd detail")
                if re.search(rf"\b{kind} of (another, )?{self.number}\b", log)]

    def test_one_logger_alone_is_changed_and_the_default_one_leads_the_rest(self):
        self.assertEqual(self.levels()["odd"], "info")
        self.assertEqual(self.details(), [])
        answer = self.set("/logging", {"odd": "debug"})
        self.assertEqual((answer.status, answer.body), (200, b"null"))
        self.assertEqual(self.details(), ["an odd detail"])
        self.set("/logging", {"default": "debug", "odd": "warn"})
        self.assertEqual(self.details(), ["a detail"])
        self.assertEqual((self.levels()["default"], self.levels()["odd"]), ("debug", "warn"))
        self.set("/logging", {"default": "info", "odd": "debug"})
        self.assertEqual(self.details(), ["an odd detail"])

    def test_a_level_with_a_time_to_live_falls_back(self):
        self.set("/logging?ttl=1h", {"default": "debug"})
        self.assertEqual(self.details(), ["a detail", "an odd detail"])
        self.set("/logging?ttl=1ms", {"default": "trace"})
        eventually(lambda: self.levels()["default"] == "info", "the level from before")
        self.assertEqual(self.details(), [])
        # One that is set for good holds.
        self.set("/logging?ttl=1h", {"default": "debug"})
        self.set("/logging", {"default": "warn"})
        self.assertEqual(self.levels()["default"], "warn")

    def test_details_of_one_route(self):
        answer = self.set("/logging/watched", {"route": "/quiet/{number}", "level": "debug", "ttl": "1h"})
        self.assertEqual(answer.status, 200)
        self.assertEqual([(each["route"], each["level"]) for each in self.watched()], [("/quiet/{number}", "debug")])
        self.assertEqual(self.details(), ["a detail", "an odd detail"])
        self.assertEqual(self.details("/other"), [])
        self.set("/logging/watched", {"route": "/quiet/{number}", "level": "debug", "ttl": "1ms"})
        eventually(lambda: self.watched() == [], "the end of the watch")
        self.assertEqual(self.details(), [])

    def test_details_of_one_trace(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        header, other = (f"X-Trace: {trace}",), ("X-Trace: 5bf92f3577b34da6a3ce929d0e0e4736",)
        self.assertEqual(self.set("/logging/watched", {"trace": trace, "level": "debug", "ttl": "1h"}).status, 200)
        self.assertEqual([(each["trace"], each["level"]) for each in self.watched()], [(trace, "debug")])
        self.assertEqual(self.details("/other", header), ["a detail"])
        self.assertEqual(self.details("/other", other), [])
        self.assertEqual(self.details("/other"), [])
        self.set("/logging/watched", {"trace": trace, "level": "debug", "ttl": "1ms"})
        eventually(lambda: self.watched() == [], "the end of the watch")
        self.assertEqual(self.details("/other", header), [])

    def test_what_is_wrong_is_told_and_changes_nothing(self):
        before = self.levels()
        for target, value, words in (
                ("/logging", {"odd": "debug", "none": "debug"}, ("none", "odd")),
                ("/logging", {"odd": "loud"}, ("loud", "debug")),
                ("/logging", {"odd": 7}, ("odd",)),
                ("/logging", ["odd"], ()),
                ("/logging", b"{", ()),
                ("/logging", b"", ()),
                ("/logging?ttl=soon", {"odd": "debug"}, ("ttl",)),
                ("/logging?ttl=-1s", {"odd": "debug"}, ("ttl",)),
                ("/logging?ttl=0s", {"odd": "debug"}, ("ttl",)),
                ("/logging?ttl=25h", {"odd": "debug"}, ("ttl",)),
                ("/logging/watched", {}, ("route", "trace")),
                ("/logging/watched", {"route": "/a", "trace": "4bf92f3577b34da6a3ce929d0e0e4736"}, ("route", "trace")),
                ("/logging/watched", {"trace": "nonsense"}, ("trace", "32")),
                ("/logging/watched", {"trace": "0" * 32}, ("trace",)),
                ("/logging/watched", {"route": "/a", "level": "loud"}, ("loud", "debug")),
                ("/logging/watched", {"route": "/a", "ttl": "48h"}, ("ttl",)),
                ("/logging/watched", {"route": 1}, ("route",))):
            with self.subTest(f"{target} {value}"):
                answer = self.set(target, value)
                self.assertIn(answer.status, (400, 422), answer)
                self.assertEqual(answer.get("content-type"), "application/problem+json")
                for word in words:
                    self.assertIn(word, answer.body.decode())
        self.assertEqual(self.levels(), before)
        self.assertEqual(self.watched(), [])
        self.assertEqual(get(self.server, "/logging").status, 404)  # the ops port alone


def forgeries():
    """Bytes that try to begin a line of their own, to hide one, or to leave a quote."""
    forged = "FORGED 2026-01-01 [error] forged"
    breaks = [b"\r\n", b"\n", b"\r", b"\x1b[2K\x1b[1A\r", b"\x1bc", b"\0", b"\x08\x08", b"\x0b", b"\x0c", b"\x7f",
              "\u2028".encode(), "\u2029".encode(), "\u0085".encode(), "\u009b2K".encode(), "\u202e".encode(),
              "\u2066".encode(), b"\xff\xfe\n", b"\xc0\x8a", b"\xe0\x80\x8a", b"\xf0\x80\x80\x8a", b"\xed\xa0\x80",
              b"\xf4\x90\x80\x80", b"\xc3", b'"}\n{"', b"\" level=error\n", b"\\\n", b"\\n", b'\\" "']
    return [broken + forged.encode() for broken in breaks]


def is_plain(character):
    return character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs")


class Forgery(LogCase):
    """No text that a client chooses begins a line, ends one, or turns one around, in any format."""

    def log_of(self, layout):
        """Has every text logged in every way; gives back how many requests got to their handler."""
        access = ("--set", f"httpServer.middlewares.accessLog.path={self.logs}", "--set",
                  "httpServer.middlewares.accessLog.noFile=false")
        if layout == "json":
            access += ("--set", "httpServer.middlewares.accessLog.pattern=json")
        answered = 0
        with self.start(*access, format=layout) as server:
            for text in forgeries():
                target = b"/taken/" + urllib.parse.quote_from_bytes(text, safe="").encode()
                head = b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                # In the address alone, and in the fields as far as the parser lets such bytes through.
                for fields in (b"", b"X-Text: a" + text + b"\r\n", b"User-Agent: a" + text + b"\r\n"):
                    with Connection(server) as connection:
                        connection.send(head + fields + b"\r\n")
                        answer = connection.response()
                    self.assertIn(answer.status, (204, 400), (fields, answer))
                    answered += answer.status == 204
                said = json.dumps({"text": text.decode("utf-8", "replace")}).encode()
                self.assertEqual(post(server, "/say", said).status, 204)
        return answered

    def check(self, data, path):
        text = data.decode("utf-8")  # strictly
        odd = {character for character in text if not is_plain(character)}
        self.assertFalse(odd, path)
        for line in text.splitlines():
            self.assertFalse(line.startswith(("FORGED", " FORGED", '"} FORGED')), line)
        return text.splitlines()

    def test_no_line_is_forged_in_any_format(self):
        for layout in ("txt", "json", "logfmt", "ecs", "blank"):
            with self.subTest(layout):
                shutil.rmtree(self.logs, ignore_errors=True)
                answered = self.log_of(layout)
                lines = self.check(self.read(), layout)
                # Each answered request has left three lines, each message one: no more, no less speak of FORGED.
                spoken = [line for line in lines if "FORGED" in line]
                named = [line for line in lines if "taken" in line and "FORGED" in line]
                self.assertGreater(answered, len(forgeries()))
                self.assertEqual(len(named), 2 * answered)
                self.assertGreaterEqual(len(spoken), 2 * answered + len(forgeries()))
                form = {"txt": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[(info|warn)\] \[", "logfmt": r'time="[^"]+" level=(info|warn) ',
                        "blank": r"\S", "json": r"\{", "ecs": r"\{"}[layout]
                for line in lines:
                    self.assertRegex(line, "^" + form)
                    if layout in ("json", "ecs"):
                        self.assertIsInstance(json.loads(line), dict)
                    if layout == "logfmt":
                        self.assertRegex(line, r'^(\w[\w.-]*=("([^"\\]|\\.)*"|[^\s"]*)( |$))+$')
                access = self.check(self.read(f"{self.logs}/access.log"), "access.log")
                self.assertEqual(len(access), 4 * len(forgeries()))
                for line in access:
                    if layout == "json":
                        self.assertIsInstance(json.loads(line), dict)
                    else:
                        self.assertRegex(line, r'^127\.0\.0\.1 - - \[[^]]+\] "([^"\\]|\\.)*" \d{3} (\d+|-) "([^"\\]|\\.)*" "([^"\\]|\\.)*"$')

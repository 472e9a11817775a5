"""Files as answers: conditions, ranges (beside nginx), directories that nothing escapes, large downloads."""

import os
import re
import subprocess
import time
from email.utils import formatdate

from harness import Connection, FilesCase, Nginx, eventually, need, note, request, sanitizer

RANGES = [
    "bytes=0-0", "bytes=0-49", "bytes=50-", "bytes=99-", "bytes=-1", "bytes=-100", "bytes=-1000", "bytes=0-1000",
    "bytes=100-", "bytes=100-200", "bytes=-0", "bytes=5-4", "bytes=", "bytes=a-b", "bytes=1-2-3", "bytes=-",
    "bytes=99999999999999999999-", "bytes=0-99999999999999999999", "items=0-1", "Bytes=0-9",
    "bytes= 3 - 5 ", "bytes=0-9,90-99", "bytes=90-99,0-4", "bytes=0-0,99-99,200-300", "bytes=0-99,0-99", "bytes=0-,-1",
    "bytes=200-,300-", "bytes=0-1,x",
]
# Where ngo says something else than nginx on purpose: an overflowing end is an end behind the last byte (RFC 9110 has
# no largest number, but 416 is what both say); ranges that are close together are sent as one.
JOINED = {"bytes=0-9,90-99", "bytes=90-99,0-4"}


def parts_of(answer):
    """{(first, last): bytes} of a 206."""
    kind = answer.get("content-type")
    if not kind.startswith("multipart/byteranges"):
        first, last = re.fullmatch(r"bytes (\d+)-(\d+)/\d+", answer.get("content-range")).groups()
        return {(int(first), int(last)): answer.body}
    boundary = re.search(r"boundary=(\S+)", kind).group(1).encode()
    assert answer.body.rstrip(b"\r\n").endswith(b"--" + boundary + b"--"), answer.body
    found = {}
    for part in answer.body.split(b"--" + boundary)[1:-1]:
        head, body = part.split(b"\r\n\r\n", 1)
        first, last = re.search(rb"Content-Range: bytes (\d+)-(\d+)/", head).groups()
        found[int(first), int(last)] = body[:-2]
    return found


class Ranges(FilesCase):
    @classmethod
    def fill(cls, root):
        super().fill(root)
        (root / "large.bin").write_bytes(bytes(i * 7 % 251 for i in range(300_000)))
        (root / "empty.bin").write_bytes(b"")

    def test_they_are_answered_as_nginx_answers_them(self):
        nginx = Nginx(self.root)
        self.addCleanup(nginx.stop)
        whole = bytes(range(100))
        for name in ("hundred.bin", "empty.bin"):
            for field in RANGES:
                with self.subTest(name, range=field):
                    ours = self.ask(f"/static/{name}", headers=(f"Range: {field}",))
                    theirs = self.ask(f"/{name}", headers=(f"Range: {field}",), port=nginx.port)
                    if field == "bytes=0-99999999999999999999":
                        self.assertEqual(ours.status, 416)
                        continue
                    self.assertEqual(ours.status, theirs.status)
                    if ours.status == 416:
                        self.assertEqual(ours.get("content-range"), theirs.get("content-range"))
                    if ours.status == 200:
                        self.assertEqual(ours.body, theirs.body)
                    if ours.status == 206:
                        if field in JOINED:
                            for (first, last), body in parts_of(ours).items():
                                self.assertEqual(body, whole[first:last + 1])
                            covered = {at for first, last in parts_of(ours) for at in range(first, last + 1)}
                            for first, last in parts_of(theirs):
                                self.assertLessEqual(set(range(first, last + 1)), covered)
                        else:
                            self.assertEqual(parts_of(ours), parts_of(theirs))

    def test_several_of_a_large_file_come_as_parts_in_the_order_asked_for(self):
        whole = (self.root / "large.bin").read_bytes()
        answer = self.ask("/static/large.bin", headers=("Range: bytes=200000-299999,0-9,100000-100009",))
        self.assertEqual(answer.status, 206)
        found = parts_of(answer)
        self.assertEqual(list(found), [(200000, 299999), (0, 9), (100000, 100009)])
        for (first, last), body in found.items():
            self.assertEqual(body, whole[first:last + 1])

    def test_a_set_that_is_too_large_is_answered_with_the_whole(self):
        field = "bytes=" + ",".join(f"{i * 1000}-{i * 1000}" for i in range(33))
        self.assertEqual(self.ask("/static/large.bin", headers=(f"Range: {field}",)).status, 200)
        field = "bytes=" + ",".join(f"{i * 1000}-{i * 1000}" for i in range(32))
        self.assertEqual(len(parts_of(self.ask("/static/large.bin", headers=(f"Range: {field}",)))), 32)

    def test_head_knows_no_ranges(self):
        answer = self.ask("/static/hundred.bin", method="HEAD", headers=("Range: bytes=0-9",))
        self.assertEqual((answer.status, answer.get("content-length"), answer.get("accept-ranges")),
                         (200, "100", "bytes"))

    def test_memory_has_ranges_too(self):
        answer = self.ask("/file/memory", headers=("Range: bytes=-3",))
        self.assertEqual((answer.status, answer.body, answer.get("content-range")),
                         (206, b"xyz", "bytes 23-25/26"))
        answer = self.ask("/file/large-memory", headers=("Range: bytes=1-2000000",))
        self.assertEqual((answer.status, answer.body), (206, b"m" * 2_000_000))

    def test_the_answer_to_post_has_no_ranges(self):
        answer = self.ask("/file/posted", method="POST", headers=("Range: bytes=0-0", "If-None-Match: *"))
        self.assertEqual((answer.status, len(answer.body)), (200, 26))


class Conditions(FilesCase):
    THEN = "Sun, 06 Nov 1994 08:49:37 GMT"
    BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
    LATER = "Sun, 06 Nov 1994 08:49:38 GMT"

    def test_they_are_taken_in_the_order_of_the_rfc(self):
        tag, other = '"letters"', '"other"'
        table = [
            ((f"If-None-Match: {tag}",), 304),
            ((f"If-None-Match: W/{tag}",), 304),
            ((f"If-None-Match: {other}, {tag}",), 304),
            ((f"If-None-Match: {other}", f"If-None-Match: {tag}"), 304),
            (("If-None-Match: *",), 304),
            ((f"If-None-Match: {other}",), 200),
            ((f"If-None-Match: {other}", f"If-Modified-Since: {self.THEN}"), 200),
            ((f"If-Modified-Since: {self.THEN}",), 304),
            ((f"If-Modified-Since: {self.LATER}",), 304),
            ((f"If-Modified-Since: {self.BEFORE}",), 200),
            (("If-Modified-Since: nonsense",), 200),
            ((f"If-Match: {tag}",), 200),
            (("If-Match: *",), 200),
            ((f"If-Match: W/{tag}",), 412),
            ((f"If-Match: {other}",), 412),
            ((f"If-Match: {other}", f"If-None-Match: {tag}"), 412),
            ((f"If-Match: {tag}", f"If-Unmodified-Since: {self.BEFORE}"), 200),
            ((f"If-Unmodified-Since: {self.BEFORE}",), 412),
            ((f"If-Unmodified-Since: {self.THEN}",), 200),
            ((f"If-Match: {tag}", f"If-None-Match: {tag}"), 304),
            (("Range: bytes=0-0", f"If-Range: {tag}"), 206),
            (("Range: bytes=0-0", f"If-Range: W/{tag}"), 200),
            (("Range: bytes=0-0", f"If-Range: {other}"), 200),
            (("Range: bytes=0-0", f"If-Range: {self.THEN}"), 206),
            (("Range: bytes=0-0", f"If-Range: {self.LATER}"), 200),
            (("Range: bytes=99-", f"If-Range: {other}"), 200),
            (("Range: bytes=0-0", f"If-None-Match: {tag}"), 304),
            (("Range: bytes=99-", f"If-Match: {other}"), 412),
            (("Range: bytes=99-",), 416),
        ]
        for headers, status in table:
            for method in ("GET", "HEAD"):
                expected = 200 if method == "HEAD" and status in (206, 416) else status
                with self.subTest(method, headers=headers):
                    answer = self.ask("/file/memory", method=method, headers=headers)
                    self.assertEqual(answer.status, expected)
                    if status == 304:
                        self.assertEqual((answer.get("etag"), answer.get("last-modified"), answer.get("content-type")),
                                         (tag, self.THEN, None))

    def test_the_tag_of_a_file_changes_with_it(self):
        path = self.root / "changing.txt"
        path.write_text("one")
        first = self.ask("/static/changing.txt")
        self.assertRegex(first.get("etag"), r'^"[0-9a-f]+-3-[0-9a-f]+"$')
        self.assertEqual(first.get("last-modified"), formatdate(int(path.stat().st_mtime), usegmt=True))
        again = self.ask("/static/changing.txt", headers=(f"If-None-Match: {first.get('etag')}",))
        self.assertEqual(again.status, 304)
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
        self.assertEqual(self.ask("/static/changing.txt", headers=(f"If-None-Match: {first.get('etag')}",)).status, 200)
        replaced = self.root / "new"
        replaced.write_text("two")
        os.replace(replaced, path)
        self.assertEqual(self.ask("/static/changing.txt").body, b"two")


class Answers(FilesCase):
    @classmethod
    def fill(cls, root):
        super().fill(root)
        (root / "page.html").write_text("<p>page")

    def test_a_file_is_a_result_of_functions_and_coroutines(self):
        for way in ("one", "later", "maybe"):
            answer = self.ask(f"/file/{way}/page.html")
            self.assertEqual((answer.status, answer.body, answer.get("content-type"), answer.get("content-length")),
                             (200, b"<p>page", "text/html; charset=utf-8", "7"))
            self.assertEqual(self.ask(f"/file/{way}/none").status, 404)

    def test_names_of_downloads_are_made_safe(self):
        for name, field in (("a.pdf", 'attachment; filename="a.pdf"'),
                            ("%C3%A4.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%A4.pdf"),
                            ("%22%0D%0Ax", "attachment; filename=\"___x\"; filename*=UTF-8''%22__x")):
            answer = self.ask(f"/file/save/{name}")
            self.assertEqual((answer.status, answer.get("content-disposition")), (200, field))
            self.assertEqual((answer.get("content-type"), answer.get("cache-control")), ("application/pdf", "no-store"))

    def test_no_name_leads_out_of_the_directory(self):
        (self.outside / "secret").write_text("KEPT AWAY")
        for name in ("..%2Fsecret", "%2Fetc%2Fpasswd", ".", "..", "page.html%00", "%5c..%5csecret"):
            answer = self.ask(f"/file/one/{name}")
            self.assertIn(answer.status, (400, 404), name)
            self.assertNotIn(b"KEPT AWAY", answer.body)

    def test_answers_stay_in_order_when_pipelined(self):
        with self.connect() as connection:
            connection.send(b"".join(request(target) for target in
                                     ("/file/one/page.html", "/result/literal", "/static/hundred.bin",
                                      "/file/large-memory", "/file/one/none", "/file/one/page.html")))
            got = [connection.response() for _ in range(6)]
        self.assertEqual([answer.status for answer in got], [200, 200, 200, 200, 404, 200])
        self.assertEqual([len(answer.body) for answer in got][:4], [7, 4, 100, 3_000_000])


class Directories(FilesCase):
    @classmethod
    def fill(cls, root):
        super().fill(root)
        for name, text in (("index.html", "front"), ("sub/index.html", "below"), ("sub/a b.txt", "blank"),
                           ("no-index/x.txt", "x"), (".hidden", "KEPT AWAY"), (".git/config", "KEPT AWAY"),
                           (".well-known/acme", "acme"), ("sub/.env", "KEPT AWAY"), ("back\\slash", "KEPT AWAY"),
                           ("ä.txt", "umlaut")):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        (cls.outside / "secret").write_text("KEPT AWAY")
        (cls.outside / "root-sibling").mkdir()
        (cls.outside / "root-sibling" / "x").write_text("KEPT AWAY")
        (root / "escape").symlink_to("../secret")
        (root / "escape-folder").symlink_to("..")
        (root / "absolute").symlink_to(cls.outside / "secret")
        (root / "to-etc").symlink_to("/etc")
        (root / "inside").symlink_to("sub/index.html")
        (root / "loop").symlink_to("loop")
        os.mkfifo(root / "pipe")
        for name in ("app.js", "app.js.gz", "app.js.br", "stale.js.gz", "stale.js"):
            (root / name).write_text("of " + name)
        os.utime(root / "stale.js.gz", (1, 1))

    def test_nothing_outside_can_be_reached(self):
        refused = [
            "/..", "/../secret", "/../../etc/passwd", "/sub/../../secret", "/sub/..", "/./index.html", "/%2e%2e/secret",
            "/%2E%2E/secret", "/.%2e/secret", "/%2e./secret", "/..%2fsecret", "/..%2Fsecret", "/sub%2f..%2f..%2fsecret",
            "/%2e%2e%2fsecret", "/..%5csecret", "/..%5Csecret", "/%5c..%5csecret", "/..%252fsecret", "/%252e%252e/secret",
            "/..%c0%afsecret", "/%c0%ae%c0%ae/secret", "/..%ef%bc%8fsecret", "/%2fetc/passwd", "//etc/passwd",
            "///etc/passwd", "/sub//index.html", "/sub%2findex.html", "/index.html%00", "/index.html%00.txt", "/%00",
            "/index.html%0a", "/index.html%7f", "/escape", "/escape-folder/secret", "/escape-folder/root-sibling/x",
            "/absolute", "/to-etc/passwd", "/to-etc", "/loop", "/pipe", "/.hidden", "/.git/config", "/sub/.env",
            "/sub/.well-known/x", "/..;/secret", "/...;/x", "/~root", "/index.html/", "/index.html/x", "/index.html.",
            "/back%5cslash", "/x" * 3000, "/" + "x" * 300, "/file:///etc/passwd", "/C:/x", "/../root-sibling/x",
            "/..%2froot-sibling/x", "/no-index/", "/%ff",
        ]
        for mount in ("/static", "/cached", "/bare", "/app"):
            for name in refused:
                with self.subTest(mount + name):
                    answer = self.ask(mount + name)
                    self.assertIn(answer.status, (400, 404), answer)
                    for text in (b"KEPT AWAY", b"root:"):
                        self.assertNotIn(text, answer.body)

    def test_what_lies_inside_is_served(self):
        for name, body in (("/", b"front"), ("/index.html", b"front"), ("/sub/", b"below"), ("/inside", b"below"),
                           ("/sub/a%20b.txt", b"blank"), ("/%C3%A4.txt", b"umlaut"), ("/%69ndex.html", b"front"),
                           ("/.well-known/acme", b"acme"), ("/no-index/x.txt", b"x")):
            for mount in ("/static", "/cached"):
                with self.subTest(mount + name):
                    answer = self.ask(mount + name)
                    self.assertEqual((answer.status, answer.body), (200, body))
        self.assertEqual(self.ask("/static/").get("cache-control"), "max-age=60")

    def test_a_folder_without_its_slash_is_sent_on(self):
        for target, to in (("/static", "/static/"), ("/static?a=b", "/static/?a=b"), ("/static/sub", "/static/sub/"),
                           ("/static/sub?x", "/static/sub/?x")):
            answer = self.ask(target)
            self.assertEqual((answer.status, answer.get("location")), (301, to))

    def test_a_folder_is_not_listed(self):
        for target in ("/bare/", "/bare/sub", "/bare/sub/", "/static/no-index/"):
            self.assertEqual(self.ask(target).status, 404, target)

    def test_other_methods_are_refused(self):
        answer = self.ask("/static/index.html", method="POST")
        self.assertEqual((answer.status, answer.get("allow")), (405, "GET, HEAD, OPTIONS"))

    def test_an_application_answers_its_addresses_itself(self):
        browser = ("Accept: text/html,application/xhtml+xml;q=0.9",)
        answer = self.ask("/app/articles/7", headers=browser)
        self.assertEqual((answer.status, answer.body), (200, b"front"))
        self.assertEqual(self.ask("/app/missing.js", headers=("Accept: */*",)).status, 404)
        self.assertEqual(self.ask("/static/articles/7", headers=browser).status, 404)
        self.assertEqual(self.ask("/app/.hidden", headers=browser).status, 404)

    def test_compressed_variants_are_preferred_where_the_client_takes_them(self):
        for field, coding, body in (("gzip", "gzip", b"of app.js.gz"), ("gzip, br", "br", b"of app.js.br"),
                                    ("br;q=0, gzip", "gzip", b"of app.js.gz"), ("zstd", None, b"of app.js"),
                                    ("identity, gzip;q=0.5", None, b"of app.js"), (None, None, b"of app.js")):
            with self.subTest(field):
                answer = self.ask("/static/app.js", headers=(f"Accept-Encoding: {field}",) if field else ())
                self.assertEqual((answer.get("content-encoding"), answer.body), (coding, body))
                self.assertEqual(answer.get("vary"), "Accept-Encoding")
                self.assertEqual(answer.get("content-type"), "text/javascript; charset=utf-8")
        tags = {self.ask("/static/app.js", headers=(f"Accept-Encoding: {field}",)).get("etag")
                for field in ("gzip", "br", "identity")}
        self.assertEqual(len(tags), 3)

    def test_a_variant_older_than_its_file_is_left_alone(self):
        answer = self.ask("/static/stale.js", headers=("Accept-Encoding: gzip",))
        self.assertEqual((answer.get("content-encoding"), answer.body), (None, b"of stale.js"))

    def test_a_change_is_seen_after_the_moment_that_files_are_remembered(self):
        path = self.root / "news.txt"
        path.write_text("old")
        self.assertEqual(self.ask("/cached/news.txt").body, b"old")
        fresh = self.root / "fresh"
        fresh.write_text("new")
        os.replace(fresh, path)
        eventually(lambda: self.ask("/cached/news.txt").body == b"new", "the new file")

    def test_descriptors_do_not_grow_with_the_files(self):
        for i in range(400):
            (self.root / f"many-{i}").write_text("x")
        for i in range(400):
            self.assertEqual(self.ask(f"/cached/many-{i}").status, 200)
            self.assertEqual(self.ask(f"/static/many-{i}").status, 200)
        workers = len(os.sched_getaffinity(0))
        self.assertLess(self.server.descriptors(), 100 + 256 * workers)


class Downloads(FilesCase):
    program = "probe"
    arguments = ("--set", "httpServer.writeTimeout=1s")

    @classmethod
    def fill(cls, root):
        super().fill(root)
        with open(root / "huge.bin", "wb") as file:
            file.truncate(5 << 30)
        (root / "some.bin").write_bytes(os.urandom(8 << 20))

    def peak_kib(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))

    def test_five_gibibytes_leave_the_memory_alone(self):
        curl = need("curl")
        size = 5 << 30
        if sanitizer():
            size = 1 << 30
        began = time.monotonic()
        done = subprocess.run([curl, "-sS", "-o", "/dev/null", "-r", f"0-{size - 1}", "-w", "%{http_code} %{size_download}",
                               f"http://127.0.0.1:{self.server.port}/static/huge.bin"],
                              capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(done.stdout, f"206 {size}", done.stderr)
        note(f"{size / (time.monotonic() - began) / 1e9:.1f} GB/s, peak {self.peak_kib() / 1024:.0f} MiB")
        if not sanitizer():
            self.assertLess(self.peak_kib(), 32 * 1024)

    def test_it_arrives_whole_at_a_slow_reader(self):
        whole = (self.root / "some.bin").read_bytes()
        with self.connect(receive_buffer=4096) as connection:
            connection.send(request("/static/some.bin"))
            answer = connection.response()
        self.assertEqual(answer.body, whole)

    def test_what_is_not_in_memory_is_read_from_the_disk(self):
        whole = (self.root / "some.bin").read_bytes()
        (self.root / "little.bin").write_bytes(whole[:9000])
        for name, body in (("some.bin", whole), ("little.bin", whole[:9000])):
            with open(self.root / name, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self.assertEqual(self.ask(f"/static/{name}").body, body)

    def test_a_reader_that_stops_is_cut_off(self):
        before = self.server.descriptors()
        with Connection(self.server, receive_buffer=4096) as connection:
            connection.send(request("/static/huge.bin"))
            eventually(lambda: self.in_flight() == 1, "the download")
            eventually(lambda: self.in_flight() == 0, "the end of the download")
        eventually(lambda: self.server.descriptors() <= before + 1, "the descriptors are closed")

    def test_a_reader_that_vanishes_harms_nobody(self):
        for _ in range(20):
            connection = Connection(self.server)
            connection.send(request("/static/huge.bin"))
            connection.socket.recv(100_000)
            connection.vanish()
        eventually(lambda: self.in_flight() == 0, "all downloads have ended")
        self.assertEqual(self.ask("/static/hundred.bin").status, 200)

    def test_a_file_that_becomes_shorter_ends_the_connection(self):
        path = self.root / "shrinking.bin"
        path.write_bytes(bytes(64 << 20))
        with self.connect(receive_buffer=4096) as connection:
            connection.send(request("/static/shrinking.bin"))
            connection.socket.recv(1)
            os.truncate(path, 1 << 20)
            connection.buffer = b"H"
            answer = connection.response()
        self.assertFalse(answer.complete)
        self.assertIn("became shorter", self.server.output())

    def test_others_are_answered_during_a_download(self):
        with self.connect() as connection:
            connection.send(request("/static/huge.bin"))
            for _ in range(5):
                self.assertEqual(self.ask("/result/literal").body, b"text")

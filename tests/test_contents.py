"""What requests bring along: cookies, forms, content types, uploads, each with the tables of what is refused."""

import json
import os
import shutil
import stat
import subprocess
import tempfile

from harness import ServedCase, eventually
from harness.case import request
from harness.environment import need, sanitizer
from harness.wire import Connection

BOUNDARY = "limit"
MULTIPART = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"


def part(name, content=b"x", file=None, headers=()):
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
    lines = "\r\n".join((f"--{BOUNDARY}", disposition, *headers))
    return lines.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


class Cookies(ServedCase):
    def test_cookies_are_read_by_name_and_type(self):
        self.assertEqual(self.ask_json("/cookies", headers=("Cookie: other=1; session=a=b; page=7",)),
                         {"session": "a=b", "page": 7})
        self.assertEqual(self.ask_json("/cookies", headers=("Cookie: session=first; session=second",)),
                         {"session": "first", "page": -1})
        self.assertEqual(self.ask_json("/cookies", headers=("Cookie: a=1", "Cookie: session=x")),
                         {"session": "x", "page": -1})

    def test_a_cookie_that_is_missing_or_does_not_fit_is_400(self):
        for header in ("Cookie: other=1", "Cookie: Session=1", "Cookie: session", "X-Cookie: session=1",
                       "Cookie: session=1; page=many"):
            self.assertEqual(self.ask("/cookies", headers=(header,)).status, 400, header)

    def test_cookies_are_set_each_in_a_field_of_its_own(self):
        answer = self.ask("/cookies/set?value=abc&path=/a&domain=example.org")
        self.assertEqual(answer.all("set-cookie"),
                         ["sid=abc; Path=/a; Domain=example.org; Secure; HttpOnly; SameSite=Lax",
                          "second=2; Path=/; Secure; HttpOnly; SameSite=Lax"])

    def test_no_input_smuggles_in_an_attribute_or_a_line(self):
        for query in ("value=a%3B%20Domain=evil", "value=a%0D%0AX-Evil:%201", "value=a%0AX-Evil:1", "value=a%20b",
                      "value=%00", "value=%22", "value=%5C", "value=%2C", "value=%C3%A4", "name=a%3Db", "name=a%3B",
                      "name=", "name=a%0D%0A", "path=/%3BSecure", "path=/%0D%0AX-Evil:1", "path=a", "domain=a%3Bb",
                      "domain=a%0Ab", "name=__Host-a&path=/a", "name=__Host-a&domain=example.org",
                      "name=__hOST-a&path=/a"):
            with self.subTest(query):
                answer = self.ask("/cookies/set?" + query)
                self.assertEqual((answer.status, answer.all("set-cookie"), answer.get("x-evil")), (500, [], None))


class Forms(ServedCase):
    URLENCODED = "Content-Type: application/x-www-form-urlencoded"
    ORDER = {"customer": "Ada & Co", "quantity": 3, "tag": ["a", "ü"]}

    def post(self, body, *headers, target="/form"):
        return self.ask(target, method="POST", body=body, headers=headers or (self.URLENCODED,))

    def test_both_kinds_of_form_are_bound_to_a_struct(self):
        answer = self.post("customer=Ada+%26+Co&quantity=3&tag=a&tag=%C3%BC".encode())
        self.assertEqual(json.loads(answer.body), self.ORDER)
        body = part("customer", b"Ada & Co") + part("quantity", b"3") + part("tag", b"a") + part("tag", "ü".encode()) + END
        self.assertEqual(json.loads(self.post(body, MULTIPART).body), self.ORDER)

    def test_all_mistakes_are_told_at_once(self):
        for body, header in ((b"customer=&quantity=500&other=1", self.URLENCODED),
                             (part("customer", b"") + part("quantity", b"500") + part("other") + END, MULTIPART)):
            answer = self.post(body, header)
            self.assertEqual(answer.status, 422, answer.body)
            self.assertEqual({error["parameter"] for error in json.loads(answer.body)["errors"]},
                             {"customer", "quantity", "other"})

    def test_what_is_no_form_is_refused(self):
        for body, header, status in ((b"{}", "Content-Type: application/json", 415),
                                     (b"customer=%zz", self.URLENCODED, 400),
                                     (b"customer=%ff", self.URLENCODED, 400),
                                     (part("customer", b"a", file="x.txt") + END, MULTIPART, 415),
                                     (part("customer", b"a"), MULTIPART, 400), (b"", MULTIPART, 400),
                                     (part("customer", b"a") + END, "Content-Type: multipart/form-data", 400),
                                     (part("customer", b"a") + END, "Content-Type: multipart/mixed; boundary=limit", 415)):
            with self.subTest(header=header, body=body):
                self.assertEqual(self.post(body, header).status, status)


class ContentTypes(ServedCase):
    def test_the_client_gets_what_it_likes_best(self):
        for accept, chosen in (("text/csv", "text/csv"), ("*/*", "application/json"),
                               ("application/json;q=0.1, text/*;q=0.2", "text/csv"),
                               ("application/json;q=0, */*", "text/csv")):
            answer = self.ask("/negotiated", headers=(f"Accept: {accept}",))
            self.assertEqual((answer.status, answer.get("content-type")), (200, chosen))
        self.assertEqual(self.ask("/negotiated").get("content-type"), "application/json")
        self.assertEqual(self.ask("/negotiated", headers=("Accept: image/png",)).status, 406)

    def test_another_content_type_is_415(self):
        for header, status in (("Content-Type: Text/CSV; charset=utf-8", 200), ("Content-Type: text/plain", 415),
                               ("Content-Type: text/csv; x", 415), ("X: 1", 415)):
            self.assertEqual(self.ask("/csv", method="POST", body=b"a", headers=(header,)).status, status)

    def test_a_body_is_a_range_of_pieces(self):
        self.assertEqual(self.ask("/pieces", method="POST", body=b"x" * 300_000).body, b"300000")


class Uploads(ServedCase):
    arguments = ("--set", "httpServer.multipart.maxParts=20", "--set", "httpServer.multipart.maxTextSize=1000",
                 "--set", "httpServer.multipart.spoolSize=1000", "--set", "httpServer.multipart.maxNameLength=50")

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="ngo-upload-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def post(self, body, target="/upload", headers=(MULTIPART,)):
        return self.ask(target, method="POST", body=body, headers=headers)

    def test_parts_come_one_after_another(self):
        body = (part("text", b"hello") + part("photo", b"\r\n--limi" * 50_000, "p h.jpg", ("Content-Type: image/jpeg",)) +
                part("empty", b"", "") + END)
        received = json.loads(self.post(body).body)
        self.assertEqual([(each["name"], each["file"], each["type"], each["bytes"]) for each in received],
                         [("text", "", "text/plain", 5), ("photo", "p h.jpg", "image/jpeg", 400_000),
                          ("empty", "file", "text/plain", 0)])

    def test_bytes_may_come_one_by_one(self):
        body = part("a", b"1\r\n2") + part("b", b"", "x") + END
        with Connection(self.server) as connection:
            connection.send_bytewise(request("/upload", "POST", (MULTIPART, "Connection: close"), body))
            self.assertEqual([each["bytes"] for each in json.loads(connection.response("POST").body)], [4, 0])

    def test_a_handler_may_leave_the_rest(self):
        with Connection(self.server) as connection:
            body = part("first", b"1") + part("second", b"x" * 5000) + END
            for _ in range(3):
                connection.send(request("/upload/first", "POST", (MULTIPART,), body))
                self.assertEqual(connection.response("POST").body, b"first")

    def test_parts_are_saved_under_names_that_stay_in_their_folder(self):
        inside = os.path.join(self.folder, "inside")
        os.mkdir(inside)
        names = ["../up.txt", "/etc/passwd", "..\\..\\boot.ini", "....//....//x.sh", "..", ".bashrc", "a/../../b.txt",
                 "C:\\windows\\win.ini", "nul", "-rf", "x\x00.php.jpg", "%2e%2e%2fq.txt", "photo.jpg"]
        for name in names:
            with self.subTest(name):
                answer = self.post(part("file", b"data", name) + END, f"/upload/save?folder={inside}")
                if "\x00" in name:
                    self.assertEqual(answer.status, 400)
                    continue
                self.assertEqual(answer.status, 200, answer.body)
                path = json.loads(answer.body)[0]["path"]
                self.assertEqual(os.path.dirname(os.path.realpath(path)), os.path.realpath(inside))
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), b"data")
        self.assertEqual(os.listdir(self.folder), ["inside"])
        self.assertFalse([name for name in os.listdir(inside) if name.startswith(".") or name.endswith(".part")])

    def test_an_upload_that_breaks_off_leaves_no_file(self):
        with Connection(self.server) as connection:
            head = request("/upload/save?folder=" + self.folder, "POST", (MULTIPART, "Content-Length: 10000000"))
            connection.send(head + part("file", b"x" * 1_000_000, "a.bin")[:-2])
            eventually(lambda: os.listdir(self.folder), "the file has begun")
        eventually(lambda: not os.listdir(self.folder), "the file is removed")

    def test_a_place_that_cannot_be_written_is_kept_from_the_client(self):
        answer = self.post(part("file", b"x", "f") + END, "/upload/save?folder=/nowhere/at/all")
        self.assertEqual(answer.status, 500)
        self.assertNotIn(b"nowhere", answer.body)

    def test_small_parts_are_kept_in_memory_and_large_ones_in_a_file(self):
        body = part("small", b"s" * 1000, "small") + part("large", b"l" * 600_000, "large") + part("drop", b"d" * 2000, "drop")
        received = json.loads(self.post(body + END, "/upload/keep?folder=" + self.folder).body)
        self.assertEqual([each["on_disk"] for each in received], [False, True, True])
        self.assertEqual(sorted(os.listdir(self.folder)), ["large", "small"])
        self.assertEqual(os.path.getsize(os.path.join(self.folder, "large")), 600_000)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, "large")).st_mode), 0o600)

    def test_bombs_are_refused(self):
        many = b"".join(part(f"p{i}", b"") for i in range(21))
        for what, body, status in (
                ("parts", many + END, 413),
                ("a large preamble", b"p" * 100_000 + b"\r\n" + part("a") + END, 400),
                ("headers without end", b"--limit\r\nX: " + b"x" * 100_000, 431),
                ("many headers", part("a", headers=[f"X{i}: 1" for i in range(50)]) + END, 431),
                ("a long name", part("n" * 51) + END, 400),
                ("a long file name", part("a", file="f" * 2000) + END, 400),
                ("blanks behind the boundary", b"--limit" + b" " * 100_000 + b"\r\n", 400),
                ("boundaries only", b"--limit\r\n" * 100_000, 431),
                ("no end", part("a", b"x" * 100_000), 400),
                ("a boundary that is longer", b"--limitless\r\n" + part("a") + END, 400),
                ("two names", part('a"; name="b') + END, 400),
                ("a transfer encoding", part("a", headers=("Content-Transfer-Encoding: base64",)) + END, 400),
                ("no name", b"--limit\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END, 400),
                ("bare line feeds", part("a").replace(b"\r\n", b"\n") + END, 400),
                ("nothing", b"", 400)):
            with self.subTest(what):
                self.assertEqual(self.post(body).status, status)
        self.assertEqual(self.post(part("a", b"x" * 1001) + END, "/upload/text").status, 413)
        self.assertEqual(self.post(part("a", b"x" * 1000) + END, "/upload/text").status, 200)
        self.assertEqual(self.post(part("a", b"x" * 20_000) + END, "/upload/small").status, 413)
        self.assertEqual(self.post(part("a") + END, headers=("Content-Type: text/plain",)).status, 415)
        self.assertEqual(self.post(part("a") + END, headers=("X: 1",)).status, 415)


class LargeUploads(ServedCase):
    SIZE = 5 << 30 if not sanitizer() else 256 << 20
    MEMORY_KIB = 32 * 1024 if not sanitizer() else 512 * 1024

    def curl(self, *arguments, **options):
        done = subprocess.run([need("curl"), "-sS", "--max-time", "300", *arguments], capture_output=True, timeout=310, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def url(self, target):
        return f"http://127.0.0.1:{self.server.port}{target}"

    def test_five_gibibytes_through_a_pipe_stay_out_of_memory(self):
        with subprocess.Popen(["head", "-c", str(self.SIZE), "/dev/zero"], stdout=subprocess.PIPE) as source:
            answer = self.curl("-X", "POST", "-T", "-", self.url("/upload/count"), stdin=source.stdout)
        self.assertEqual(int(answer), self.SIZE)
        self.assertLess(self.server.peak_kib(), self.MEMORY_KIB)

    def test_a_file_of_five_gibibytes_in_a_form_stays_out_of_memory(self):
        with tempfile.NamedTemporaryFile(prefix="ngo-large-") as file:
            file.truncate(self.SIZE)  # a hole: no disk is needed
            answer = self.curl("-F", "note=hello", "-F", f"file=@{file.name};filename=large.bin", self.url("/upload"))
        self.assertEqual([(each["file"], each["bytes"]) for each in json.loads(answer)],
                         [("", 5), ("large.bin", self.SIZE)])
        self.assertLess(self.server.peak_kib(), self.MEMORY_KIB)

"""HTTP/1.1 on a raw socket, read as strictly as a proxy would: what a server says is checked, not guessed."""

import re
import select
import socket
import ssl
import struct
import time

from .environment import patience

_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t \x21-\x7e\x80-\xff]*)$")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$")
_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
                   r"\d{4} \d\d:\d\d:\d\d GMT")


class WireError(AssertionError):
    """The server broke the protocol, or did not answer in time."""


class Response:
    def __init__(self, status, reason, fields):
        self.status = status
        self.reason = reason
        self.fields = fields  # [(name in lower case, value)]
        self.body = b""
        self.trailers = []
        self.interim = []  # status codes of the 1xx answers before it
        self.complete = True  # False: the connection ended inside of the body

    def get(self, name, default=None):
        """The value of a field; a repeated one is an error of the test."""
        values = self.all(name)
        if len(values) > 1:
            raise WireError(f"the field {name} is repeated: {values}")
        return values[0] if values else default

    def all(self, name):
        return [value for field, value in self.fields if field == name.lower()]

    @property
    def closes(self):
        return "close" in (self.get("connection") or "").lower()

    def __repr__(self):
        return f"<{self.status} {self.body[:80]!r}>"


class Connection:
    """One connection. `where` is a Program, or a (host, port)."""

    def __init__(self, where, timeout=10.0, receive_buffer=None):
        address = ("127.0.0.1", where.port) if hasattr(where, "port") else where
        self.timeout = patience(timeout)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(self.timeout)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = getattr(where, "tls", None)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", suppress_ragged_eofs=False)
        self.buffer = b""
        self.ended = False  # the server has closed its side
        self.reset = False  # and not politely

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- writing

    def send(self, data: bytes):
        self.socket.sendall(data)

    def send_bytewise(self, data: bytes):
        """Each byte in a send, and so in a packet, of its own. Stops when the server has closed the connection."""
        for at in range(len(data)):
            try:
                self.socket.send(data[at:at + 1])
            except (BrokenPipeError, ConnectionResetError):
                return

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def vanish(self):
        """Closes with a reset instead of the polite end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    # ---- reading

    def _fill(self) -> bool:
        """Reads more; False at the end."""
        if self.ended:
            return False
        try:
            data = self.socket.recv(256 * 1024)
        except socket.timeout:
            raise WireError(f"nothing came for {self.timeout:.0f} s; so far {self.buffer[:300]!r}") from None
        except (ConnectionResetError, ssl.SSLError):
            self.reset = True
            data = b""
        if not data:
            self.ended = True
            return False
        self.buffer += data
        return True

    def _line(self) -> bytes:
        while (end := self.buffer.find(b"\n")) < 0:
            if not self._fill():
                raise EOFError(f"the connection ended inside of a line: {self.buffer[:300]!r}")
        line, self.buffer = self.buffer[:end + 1], self.buffer[end + 1:]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise WireError(f"the line {line!r} does not end in CRLF alone")
        return line[:-2]

    def _take(self, count) -> bytes:
        pieces = [self.buffer[:count]]
        have = len(pieces[0])
        self.buffer = self.buffer[count:]
        while have < count:
            if not self._fill():
                raise EOFError(f"the connection ended {count - have} bytes before the end of the body")
            piece, self.buffer = self.buffer[:count - have], self.buffer[count - have:]
            pieces.append(piece)
            have += len(piece)
        return b"".join(pieces)

    def _fields(self):
        fields = []
        while line := self._line():
            match = _FIELD.match(line)
            if not match:
                raise WireError(f"{line!r} is no header field")
            fields.append((match.group(1).decode("latin-1").lower(), match.group(2).decode("latin-1")))
        return fields

    def response(self, method="GET") -> Response:
        """The next final answer, to a request with this method. Raises EOFError when the connection ends before."""
        interim = []
        while True:
            line = self._line()
            match = _STATUS_LINE.match(line)
            if not match:
                raise WireError(f"{line!r} is no status line")
            answer = Response(int(match.group(1)), match.group(2).decode("latin-1"), self._fields())
            if answer.status >= 200 or answer.status == 101:
                break
            if answer.get("content-length") or answer.get("transfer-encoding"):
                raise WireError(f"{answer.status} has a framing field")
            interim.append(answer.status)
        answer.interim = interim
        self._check_head(answer, method)
        self._read_body(answer, method)
        return answer

    @staticmethod
    def _check_head(answer, method):
        date = answer.get("date")
        if date is None or not _DATE.fullmatch(date):
            raise WireError(f"Date is {date!r}")
        length, coding = answer.get("content-length"), answer.get("transfer-encoding")
        if length is not None and not re.fullmatch(r"[0-9]+", length):
            raise WireError(f"Content-Length is {length!r}")
        if length is not None and coding is not None:
            raise WireError("the answer has both lengths")
        if answer.status in (204, 304) and coding is not None:
            raise WireError(f"{answer.status} has Transfer-Encoding")
        if answer.status == 204 and length is not None:
            raise WireError("204 has Content-Length")

    def _read_body(self, answer, method):
        if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return
        coding, length = answer.get("transfer-encoding"), answer.get("content-length")
        try:
            if coding is not None:
                if coding != "chunked":
                    raise WireError(f"Transfer-Encoding is {coding!r}")
                self._read_chunks(answer)
            elif length is not None:
                answer.body = self._take(int(length))
            else:
                if not answer.closes:
                    raise WireError("the answer has no length, and the connection is to stay")
                while self._fill():
                    pass
                answer.body, self.buffer = self.buffer, b""
        except EOFError:
            answer.complete = False

    def _read_chunks(self, answer):
        pieces = []
        try:
            while True:
                line = self._line()
                if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", line):
                    raise WireError(f"{line!r} is no chunk size")
                if int(line, 16) == 0:
                    break
                pieces.append(self._take(int(line, 16)))
                if self._take(2) != b"\r\n":
                    raise WireError("no CRLF after a chunk")
            answer.trailers = self._fields()
        finally:
            answer.body = b"".join(pieces)

    def closed(self, within=None) -> bool:
        """Waits for the end of the connection. False: the time is over, or bytes came instead."""
        deadline = time.monotonic() + (self.timeout if within is None else within)
        while not self.ended:
            ready, _, _ = select.select([self.socket], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return False
            if self._fill():
                return False
        return not self.buffer

    def responses_to_the_end(self, methods=()):
        """All answers until the server closes the connection."""
        answers = []
        while self.buffer or self._fill():
            method = methods[len(answers)] if len(answers) < len(methods) else "GET"
            answers.append(self.response(method))
        return answers


def exchange(where, data: bytes, methods=(), bytewise=False):
    """Sends bytes on a new connection and reads all answers until the server closes it; the bytes must make it do so."""
    with Connection(where) as connection:
        if bytewise:
            connection.send_bytewise(data)
        else:
            try:
                connection.send(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
        return connection.responses_to_the_end(methods)


def split_exchange(where, data: bytes, methods=()):
    """exchange() with the bytes as one piece and again byte by byte; fails when the answers differ."""
    whole = exchange(where, data, methods)
    bytewise = exchange(where, data, methods, bytewise=True)
    if [comparable(answer) for answer in whole] != [comparable(answer) for answer in bytewise]:
        raise WireError(f"in one piece {whole!r}, byte by byte {bytewise!r}")
    return whole


def comparable(answer):
    """An answer without what differs each time."""
    return answer.status, re.sub(rb'"trace_id":"[0-9a-f]*"', b"", answer.body), answer.complete

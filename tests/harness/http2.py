"""HTTP/2 on a raw socket, frame by frame: as much of RFC 9113 and RFC 7541 as a test needs, and no more obedient than that.

Requests are written without compression. Of answers only the status is read from the header block.
"""

import socket
import struct

from .environment import patience

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PRIORITY_UPDATE = 0x10
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
NO_ERROR, PROTOCOL_ERROR, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 8, 11
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 2, 3, 4

_STATIC_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
_HUFFMAN_DIGITS = {"00000": "0", "00001": "1", "00010": "2", "011001": "3", "011010": "4", "011011": "5", "011100": "6",
                   "011101": "7", "011110": "8", "011111": "9"}


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def settings(**values):
    """settings(initial_window_size=0)"""
    numbers = {"header_table_size": 1, "enable_push": 2, "max_concurrent_streams": 3, "initial_window_size": 4}
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def window_update(stream, by):
    return frame(WINDOW_UPDATE, stream=stream, payload=struct.pack(">I", by))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, stream=stream, payload=struct.pack(">I", code))


def _text(text):
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    if len(data) < 127:
        return bytes((len(data),)) + data
    rest, number = b"", len(data) - 127
    while number >= 128:
        rest += bytes((number % 128 + 128,))
        number //= 128
    return b"\x7f" + rest + bytes((number,)) + data


def block(*fields):
    """A header block of literal fields without indexing."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)


def request_block(path="/", method="GET", fields=()):
    return block((":method", method), (":scheme", "http"), (":authority", "test"), (":path", path), *fields)


def get(stream, path="/", method="GET", fields=(), ends=True):
    return frame(HEADERS, END_HEADERS | (END_STREAM if ends else 0), stream, request_block(path, method, fields))


def status_of(header_block):
    """The status, which must be the first field."""
    at = 0
    while header_block[at] & 0xe0 == 0x20:  # a change of the table's size
        at += 1
    first = header_block[at]
    if first & 0x80:
        return _STATIC_STATUS[first & 0x7f]
    length = header_block[at + 1]
    value = header_block[at + 2:at + 2 + (length & 0x7f)]
    if not length & 0x80:
        return int(value)
    bits = "".join(f"{byte:08b}" for byte in value)
    digits = ""
    while len(digits) < 3:
        size = next(size for size in (5, 6) if bits[:size] in _HUFFMAN_DIGITS)
        digits += _HUFFMAN_DIGITS[bits[:size]]
        bits = bits[size:]
    return int(digits)


class Stream:
    def __init__(self):
        self.status = None
        self.body = bytearray()
        self.ended = False
        self.reset = None  # the error code
        self.blocks = 0    # header blocks: two with trailers


class Http2Connection:
    """Keeps what the server has said about each stream. Sends no WINDOW_UPDATE by itself unless `generous`."""

    def __init__(self, where, generous=True, receive_buffer=None, timeout=10.0, acknowledge=True,
                 **own_settings):
        address = ("127.0.0.1", where.port) if hasattr(where, "port") else where
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(patience(timeout))
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.generous = generous
        self.acknowledge = acknowledge  # answers SETTINGS
        self.buffer = b""
        self.streams = {}
        self.settings = {}
        self.goaways = []  # (last stream, error code)
        self.updates = {}  # stream: by how much its window was opened
        self.pongs = 0
        self.ended = False
        self.next = 1
        own_settings.setdefault("header_table_size", 0)  # so that a status is never named by a number of the server's own
        self.socket.sendall(PREFACE + settings(**own_settings) + (window_update(0, 2**30) if generous else b""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _try_send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the end is read next

    def open(self, path="/", method="GET", fields=(), body=None):
        """Sends a request; with a body of b"" its end is still to come. Gives back the number of the stream."""
        stream, self.next = self.next, self.next + 2
        data = get(stream, path, method, fields, body is None)
        if body:
            data += frame(DATA, END_STREAM, stream, body)
        self.send(data)
        return stream

    def stream(self, number) -> Stream:
        return self.streams.setdefault(number, Stream())

    def read_frame(self):
        """The next frame, or None at the end."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                data = self.socket.recv(1 << 18)
            except ConnectionResetError:
                data = b""
            if not data:
                self.ended = True
                return None
            self.buffer += data
        length = int.from_bytes(self.buffer[:3], "big")
        kind, flags = self.buffer[3], self.buffer[4]
        number = int.from_bytes(self.buffer[5:9], "big") & 0x7fffffff
        payload = self.buffer[9:9 + length]
        self.buffer = self.buffer[9 + length:]
        self._take(kind, flags, number, payload)
        return kind, flags, number, payload

    def _take(self, kind, flags, number, payload):
        if kind == SETTINGS and not flags & ACK:
            self.settings.update(struct.unpack(">HI", payload[at:at + 6]) for at in range(0, len(payload), 6))
            if self.acknowledge:
                self._try_send(frame(SETTINGS, ACK))
        elif kind == HEADERS:
            stream = self.stream(number)
            stream.blocks += 1
            if stream.blocks == 1 or stream.status == 100:
                stream.status = status_of(payload)
        elif kind == DATA:
            self.stream(number).body += payload
            if self.generous and payload and not flags & END_STREAM:
                self._try_send(window_update(number, len(payload)))
        elif kind == RST_STREAM:
            self.stream(number).reset = int.from_bytes(payload, "big")
        elif kind == GOAWAY:
            self.goaways.append(struct.unpack(">II", payload[:8]))
        elif kind == WINDOW_UPDATE:
            self.updates[number] = self.updates.get(number, 0) + int.from_bytes(payload, "big")
        elif kind == PING and flags & ACK:
            self.pongs += 1
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.stream(number).ended = True

    def until(self, condition):
        """Reads until the condition holds; fails at the end of the connection."""
        while not condition():
            if self.read_frame() is None:
                raise AssertionError(f"the connection ended early; GOAWAY: {self.goaways}")

    def until_end(self):
        while self.read_frame() is not None:
            pass

    def answer(self, number) -> Stream:
        stream = self.stream(number)
        self.until(lambda: stream.ended or stream.reset is not None)
        return stream

    def ask(self, path="/", method="GET", fields=(), body=None) -> Stream:
        return self.answer(self.open(path, method, fields, body))

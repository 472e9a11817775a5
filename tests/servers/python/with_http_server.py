"""Python's http.server, in HTTP/1.1 or (argument 1.0) HTTP/1.0, as a server that our client asks: /hello, /gone, /moved, and
everything else is sent back. Says its port."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/" + sys.argv[1]

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = {"/gone": 410, "/moved": 302}.get(self.path, 200)
        body = {"/gone": b"gone", "/moved": b"", "/hello": b"hello"}.get(self.path, body)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/hello")
        if self.protocol_version == "HTTP/1.1":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()

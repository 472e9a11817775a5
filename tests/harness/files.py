"""Folders of files that are served, and nginx to compare with."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from .case import ServedCase
from .environment import need, patience
from .program import Program


class FilesCase(ServedCase):
    """Serves a folder of files with `probe`; `cls.root` is the folder, `cls.outside` the one around it."""

    @classmethod
    def setUpClass(cls):
        cls.outside = pathlib.Path(tempfile.mkdtemp(prefix="ngo-files-"))
        cls.root = cls.outside / "root"
        cls.root.mkdir()
        cls.fill(cls.root)
        cls.server = Program(cls.program, *cls.arguments, env={"PROBE_FILES": str(cls.root)})
        try:
            cls.server.__enter__()
        except BaseException:
            shutil.rmtree(cls.outside)
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            shutil.rmtree(cls.outside)

    @classmethod
    def fill(cls, root):
        (root / "hundred.bin").write_bytes(bytes(range(100)))


class Nginx:
    """nginx from the distribution, serving a folder; skips the test where it is missing."""

    CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; {more} }}
}}
"""

    def __init__(self, root, more=""):
        program = need("nginx")
        self._folder = tempfile.mkdtemp(prefix="ngo-nginx-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        configuration = os.path.join(self._folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(folder=self._folder, port=self.port, root=root, more=more))
        self._process = subprocess.Popen([program, "-p", self._folder, "-c", configuration, "-e", "stderr"],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + patience(10)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.stop()
                    raise AssertionError("nginx does not start") from None
                time.sleep(0.01)

    def stop(self):
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

"""Folders of files that are served, and nginx to compare with."""

import os
import pathlib
import shutil
import tempfile

from .case import ServedCase
from .environment import free_port, need
from .processes import Backend, listens
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


class Nginx(Backend):
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
        self.folder = tempfile.mkdtemp(prefix="ngo-nginx-")
        self.port = free_port()
        configuration = os.path.join(self.folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(folder=self.folder, port=self.port, root=root, more=more))
        super().__init__([program, "-p", self.folder, "-c", configuration, "-e", "stderr"], lambda: listens(self.port), within=10)

    def stop(self):
        self.close()

"""Outside programs that tests ask: started, waited for until they answer, stopped."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from .environment import patience


class Backend:
    """One process, ready when `is_ready()`; in `folder` where the subclass has made one, which goes with it."""

    folder = None

    def __init__(self, command, is_ready, within=60.0, environment=None):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder,
                                        env=os.environ | (environment or {}))
        deadline = time.monotonic() + patience(within)
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.output()
                self.close()
                raise AssertionError(f"{command[0]} does not start:\n{said[-3000:]}")
            time.sleep(0.01)

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """A second time it does nothing."""
        self.process.terminate()
        try:
            self.process.wait(timeout=patience(5))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def ask_json(port, path, method="GET", body=None):
    """What a server of this machine answers; OSError for all but a success."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(10))
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
    if answer.status >= 300:
        raise OSError(f"{method} {path}: {answer.status} {said[:500]!r}")
    return json.loads(said) if said else None


def answers(port, path="/"):
    """Whether somebody speaks HTTP at that port, and is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(5))
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def listens(port):
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), patience(1)).close()
        return True
    except OSError:
        return False

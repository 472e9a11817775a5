"""Real back ends of tracing: an OpenTelemetry Collector that writes what it gets to a file, and Zipkin."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from .environment import TOOLS, bin_dir, need, patience
from .toxic import free_port


def export(kind, within=30.0, env=None, **settings):
    """Runs the program `exporting`; what it tells of its spans."""
    words = [f"{key}={value}" for key, value in settings.items()]
    done = subprocess.run([str(bin_dir() / "exporting"), kind, *words], capture_output=True, text=True, timeout=patience(within),
                          env=os.environ | (env or {}), check=False)
    if done.returncode != 0:
        raise AssertionError(f"exporting {kind} {words}: {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) | {"log": done.stdout + done.stderr}


class Backend:
    """One process in a folder of its own, ready when `is_ready()`."""

    def __init__(self, command, is_ready, within=60.0, environment=None):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder,
                                        env=os.environ | (environment or {}))
        deadline = time.monotonic() + patience(within)
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.output()
                self.close()
                raise AssertionError(f"{command[0]} does not start:\n{said[-3000:]}")
            time.sleep(0.05)

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=patience(5))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def ask_json(port, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(10))
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
    if answer.status >= 300:
        raise OSError(f"{method} {path}: {answer.status} {said[:500]!r}")
    return json.loads(said) if said else None


def answers(port, path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience(5))
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


class Collector(Backend):
    """Takes OTLP (http_port; with TLS when there is a certificate and key) and Jaeger's Thrift (jaeger_http_port,
    jaeger_udp_port)."""

    def __init__(self, certificate=None):
        program = need("otelcol", or_skip=True)
        self.folder = tempfile.mkdtemp(prefix="ngo-collector-")
        self.file = os.path.join(self.folder, "traces.json")
        self.http_port, self.jaeger_http_port, self.jaeger_udp_port = free_port(), free_port(), free_port()
        config = {
            "receivers": {
                "otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{self.http_port}"}}},
                "jaeger": {"protocols": {"thrift_http": {"endpoint": f"127.0.0.1:{self.jaeger_http_port}"},
                                         "thrift_compact": {"endpoint": f"127.0.0.1:{self.jaeger_udp_port}"}}},
            },
            "exporters": {"file": {"path": self.file, "flush_interval": "50ms"}},
            "service": {"telemetry": {"metrics": {"level": "none"}},
                        "pipelines": {"traces": {"receivers": ["otlp", "jaeger"], "exporters": ["file"]}}},
        }
        if certificate is not None:
            config["receivers"]["otlp"]["protocols"]["http"]["tls"] = {"cert_file": str(certificate[0]),
                                                                       "key_file": str(certificate[1])}
        path = os.path.join(self.folder, "config.yaml")
        pathlib.Path(path).write_text(json.dumps(config), encoding="utf-8")
        super().__init__([program, "--config", f"file:{path}"],
                         lambda: "Everything is ready" in self.output())

    def spans(self, service, count, within=20.0):
        """The spans of that service, when there are so many, and the attributes of their resource."""
        deadline = time.monotonic() + patience(within)
        while True:
            found, resource = [], {}
            written = pathlib.Path(self.file).read_text(encoding="utf-8") if os.path.exists(self.file) else ""
            for line in written[:written.rfind("\n") + 1].splitlines():  # the last one may still be on its way
                for each in json.loads(line)["resourceSpans"]:
                    attributes = attributes_of(each["resource"])
                    if attributes.get("service.name") != service:
                        continue
                    resource = attributes
                    for scope in each["scopeSpans"]:
                        found += scope["spans"]
            if len(found) >= count:
                return found, resource
            if time.monotonic() > deadline:
                raise AssertionError(f"the collector has {len(found)} of {count} spans of {service}:\n{self.output()[-3000:]}")
            time.sleep(0.05)


def attributes_of(thing):
    """OTLP's attributes as a dictionary."""
    return {each["key"]: value_of(each["value"]) for each in thing.get("attributes", [])}


def value_of(value):
    (kind, content), = value.items()
    if kind == "intValue":
        return int(content)
    if kind == "arrayValue":
        return [value_of(each) for each in content["values"]]
    return content


class Zipkin(Backend):
    def __init__(self):
        java = need("java", or_skip=True)
        jars = sorted(TOOLS.glob("zipkin-server-*-exec.jar"))
        if not jars:
            raise unittest.SkipTest("zipkin-server is missing")
        self.folder = tempfile.mkdtemp(prefix="ngo-zipkin-")
        self.port = free_port()
        super().__init__([java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jars[-1]),
                          f"--query.port={self.port}", f"--armeria.ports[0].port={self.port}", "--armeria.ports[0].ip=127.0.0.1",
                          "--armeria.ports[0].protocol=http"], lambda: answers(self.port, "/health"))

    def trace(self, identity, count, within=20.0):
        deadline = time.monotonic() + patience(within)
        while True:
            try:
                spans = ask_json(self.port, f"/api/v2/trace/{identity}")
                if len(spans) >= count:
                    return spans
            except OSError as error:
                spans = error
            if time.monotonic() > deadline:
                raise AssertionError(f"Zipkin has not {count} spans of {identity}: {spans}")
            time.sleep(0.05)

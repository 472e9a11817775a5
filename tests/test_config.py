"""Configuration as a user meets it: the flags of a service, the program `ngo`, and what a hundred mistakes are told."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import bin_dir, run_once

GOLDEN_FILES = pathlib.Path(__file__).resolve().parent / "golden"
GOLDEN = GOLDEN_FILES / "config_mistakes.txt"
SEPARATOR = "=" * 20 + "\n"


class ConfigCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ngo-config-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def tour(self, *arguments, env=None):
        return run_once("tour", *arguments, env=env, cwd=self.folder)

    def ngo(self, *arguments, text="", env=None):
        done = subprocess.run([bin_dir() / "ngo", "config", *arguments], input=text, capture_output=True, text=True,
                              cwd=self.folder, env={**os.environ, **(env or {})}, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


class TheProgramNgo(ConfigCase):
    def setUp(self):
        super().setUp()
        self.service = str(bin_dir() / "tour")
        self.write("app.yaml", "httpServer:\n  port: 80\n---\nprofile: prod\nhttpServer:\n  port: 443\n  maxConnections: 1000\n")

    def test_check(self):
        self.assertEqual(self.ngo("check", self.service), (0, "the configuration is good\n", ""))
        code, _, complaint = self.ngo("check", self.service, "--set", "httpServer.prot=1")
        self.assertEqual(code, 1)
        self.assertIn('did you mean "port"?', complaint)

    def test_explain(self):
        code, out, _ = self.ngo("explain", "httpServer.port", self.service, "-p", "prod")
        self.assertEqual(code, 0)
        self.assertEqual(out.splitlines()[:5],
                         ["httpServer.port = 443", "  what      0 takes any free port", "  from      app.yaml:6:9",
                          "  instead of the value in app.yaml:2:9", "  default   8080"])
        code, out, _ = self.ngo("explain", "httpServer.prot", self.service)
        self.assertEqual(code, 1)
        self.assertIn('did you mean "httpServer.port"?', out)

    def test_schema(self):
        code, out, _ = self.ngo("schema", self.service)
        self.assertEqual(code, 0)
        server = json.loads(out)["properties"]["httpServer"]["properties"]
        self.assertEqual(server["port"]["default"], 8080)
        self.assertIn("middlewares", server)

    def test_diff(self):
        code, out, _ = self.ngo("diff", self.service, "--", "-p", "prod")
        self.assertEqual((code, out), (0, "~ httpServer.port: 80 -> 443\n+ httpServer.maxConnections: 1000\n"))

    def test_encrypt(self):
        _, key, _ = self.ngo("encrypt", "--new-key")
        code, hidden, _ = self.ngo("encrypt", text="Old House\n", env={"NGO_CONFIG_KEY": key})
        self.assertEqual(code, 0)
        self.write("app.yaml", f"house: {{ name: '{hidden.strip()}' }}\n")
        self.assertEqual(self.tour("--check-config", env={"NGO_CONFIG_KEY": key.strip()})[0], 0)
        code, _, complaint = self.tour("--check-config")
        self.assertEqual(code, 1)
        self.assertIn("app.yaml:1:16: house.name: the value is encrypted and there is no key", complaint)

    def test_wrong_use(self):
        self.assertEqual(self.ngo()[0], 2)
        self.assertIn('did you mean "check"?', self.ngo("chekc")[2])
        self.assertEqual(self.ngo("explain", "a")[0], 2)


class Sources(ConfigCase):
    def test_every_format_configures_the_same(self):
        texts = {"a.yaml": "httpServer: { port: 81 }", "a.json": '{"httpServer": {"port": 81}}',
                 "a.toml": "[httpServer]\nport = 81", "a.properties": "httpServer.port=81", "a.ini": "[httpServer]\nport=81",
                 "a.env": "HTTPSERVER__PORT=81", "a.hcl": "httpServer { port = 81 }"}
        for name, text in texts.items():
            with self.subTest(name):
                self.write(name, text)
                code, out, complaint = self.tour("-c", name, "--explain-config", "httpServer.port")
                self.assertEqual((code, complaint), (0, ""))
                self.assertIn("= 81", out)


class FilesOfTheOriginal(ConfigCase):
    """The configuration of the original's own examples, of those parts that there are: it is taken without a change."""

    SERVICE = "service:\n  serviceName: example\n  appName: example\n  clusterName: test\n"
    SERVER = "httpServer:\n  port: 8080\n  mode: debug\n  shutdownTimeout: 10s\n"

    def check(self, name, *files):
        flags = [flag for file in files or ("app.yaml",) for flag in ("-c", file)]
        code, out, complaint = run_once("reloaded", *flags, "--check-config", cwd=self.folder)
        self.assertEqual((code, out), (0, "the configuration is good\n"), f"{name}: {complaint}")
        return complaint

    def test_quickstart_autoroute_timeout(self):
        self.write("app.yaml", self.SERVICE + self.SERVER)
        self.assertEqual(self.check("quickstart"), "")

    def test_accesslog(self):
        self.write("app.yaml", self.SERVICE + self.SERVER + """  middlewares:
    accessLog:
      enabled: true
      pattern: '%h %l %u %{%Y-%m-%d %f}t "%r%q" %s %b "%{Referer}i" "%{User-Agent}i" %D'
      noFile: false
      path: ./log
      fileName: access.log
      maxAge: 1
      maxBackups: 3
      maxSize: 1
      compress: true
    urlMetrics:
      enabled: true
      originalPath: false
""")
        self.assertEqual(self.check("accesslog"), "")

    def test_config(self):
        self.write("app.yaml", self.SERVICE + "configImports: [test.yaml]\n")
        self.write("test.yaml", self.SERVER)
        self.assertEqual(self.check("config"), "")
        self.write("app.properties", "log[0].name=default\nlog[0].level=info\nlog[1].name=other\nhttpServer.port=8080\n")
        self.assertEqual(self.check("config", "app.properties"), "")

    def test_httplib(self):
        self.write("app.yaml", """httpClient:
  name: example
  noDefaultUserAgentHeader: false
  maxConnsPerHost: 512
  maxIdleConnDuration: 10s
  maxConnDuration: 0
  maxIdemponentCallAttempts: 5
  readBufferSize: 4096
  writeBufferSize: 4096
  readTimeout: 60s
  writeTimeout: 60s
  maxResponseBodySize: 0
  maxConnWaitTimeout: 0
""")
        self.assertEqual(self.check("httplib"), "")

    def test_log(self):
        log = """  level: info
    format: txt
    noFile: false
    path: ./logs
    errorPath: ./logs
    fileName: example
    errlogLevel: error
    writableCaller: true
    writableStack: false
    skip: 2
    packageLevel: { github.com/example: debug }
    maxAge: 7
    maxBackups: 7
    maxSize: 1024
    compress: false
"""
        self.write("app.yaml", "log:\n  - name: default\n  " + log)
        self.check("log")
        self.write("app.yaml", "log:\n" + log.replace("    ", "  "))
        self.check("log as a map")


class Readme(ConfigCase):
    """What the README shows is what the programs say; `NGO_GOLDEN=write` and `tools/check_docs.py --fix` bring it up to date."""

    def said(self, name, command, *arguments):
        os.symlink(bin_dir() / "tour", self.folder + "/tour")
        done = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, cwd=self.folder, timeout=60,
                              check=False)
        # Which keys and sections there are changes with every feature.
        said = re.sub(r"(valid keys|sections): [^\n]*", r"\1: ...", f"$ {command}\n{done.stdout}{done.stderr}".rstrip() + "\n")
        if os.environ.get("NGO_GOLDEN") == "write":
            (GOLDEN_FILES / name).write_text(said, encoding="utf-8")
        self.assertEqual(said, (GOLDEN_FILES / name).read_text(encoding="utf-8"))

    def test_explain(self):
        self.write("app.yaml", "service:\n  serviceName: box-office\nhttpServer:\n  port: 80\n---\nprofile: prod\n"
                               "httpServer:\n  port: 443\n")
        self.said("readme_explain.txt", "ngo config explain httpServer.port ./tour -p prod",
                  bin_dir() / "ngo", "config", "explain", "httpServer.port", "./tour", "-p", "prod")

    def test_mistakes(self):
        self.write("app.yaml", "service:\n  serviceName: box-office\nhttpServer:\n  port: 80\n  requestTimeout: 5000\n"
                               "ops: { prot: 8900 }\nhall:\n  seats: 0\nhouses: { name: Old Theatre }\n")
        self.said("readme_mistakes.txt", "./tour", "./tour")


class Mistakes(ConfigCase):
    """The golden file holds files and what they are told, one behind the other; `NGO_GOLDEN=write` writes it anew."""

    def test_a_hundred_mistakes(self):
        parts = GOLDEN.read_text(encoding="utf-8").split(SEPARATOR)
        cases = [part.split("----\n")[0] for part in parts if part.strip()]
        written = []
        for text in cases:
            name, _, content = text.partition("\n")
            for each in os.listdir(self.folder):
                with contextlib.suppress(IsADirectoryError):
                    os.unlink(os.path.join(self.folder, each))
            self.write(name, content)
            code, _, complaint = self.tour("-c", name, "--check-config")
            self.assertEqual(code, 1, f"{name}\n{content}\n{complaint}")
            # Which keys and sections there are changes with every feature.
            complaint = re.sub(r"(valid keys|sections): [^\n]*", r"\1: ...", complaint)
            written.append(f"{text}----\n{complaint}")
        result = SEPARATOR.join(written)
        if os.environ.get("NGO_GOLDEN") == "write":
            GOLDEN.write_text(result, encoding="utf-8")
        self.assertEqual(result, GOLDEN.read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(cases), 100)


if __name__ == "__main__":
    unittest.main()

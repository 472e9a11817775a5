"""Certificates made on the spot by the openssl command: an authority in a temporary folder, and what it signs."""

import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time

from .environment import need

_CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}/issued
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = name
[name]
"""


class Authority:
    """`pem` is its own certificate; `issue()` makes a pair of files and gives back their paths."""

    def __init__(self, name="Test Authority"):
        need("openssl")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ngo-certificates-"))
        (self.folder / "issued").mkdir()
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text("01\n")
        self.configuration = self.folder / "openssl.cnf"
        self.configuration.write_text(_CONFIGURATION.format(folder=self.folder))
        self.pem, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        self.self_signed(name, self.pem, self.key, "basicConstraints=critical,CA:TRUE")

    def close(self):
        shutil.rmtree(self.folder)

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, cwd=self.folder)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(map(str, arguments))}:\n{done.stderr.decode(errors='replace')}")
        return done.stdout

    def self_signed(self, name, certificate, key, *extensions):
        more = [word for extension in extensions for word in ("-addext", extension)]
        self.openssl("req", "-x509", "-config", self.configuration, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *more)

    def issue(self, file, name="localhost", names="DNS:localhost,IP:127.0.0.1", days=(-1, 30), usage=None, kind="ec"):
        """Valid from days[0] to days[1], counted from today."""
        certificate, key, request = (self.folder / f"{file}{end}" for end in (".pem", ".key", ".csr"))
        how = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
        self.openssl("req", "-new", "-config", self.configuration, "-newkey", *how, "-nodes", "-subj", f"/CN={name}",
                     "-keyout", key, "-out", request)
        extensions = self.folder / f"{file}.ext"
        extensions.write_text("basicConstraints=critical,CA:FALSE\n" + (f"subjectAltName={names}\n" if names else "") +
                              (f"extendedKeyUsage={usage}\n" if usage else ""))
        dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + day * 86400)) for day in days]
        self.openssl("ca", "-config", self.configuration, "-batch", "-notext", "-in", request, "-out", certificate,
                     "-extfile", extensions, "-startdate", dates[0], "-enddate", dates[1])
        return certificate, key

    def revoke(self, certificate):
        self.openssl("ca", "-config", self.configuration, "-revoke", certificate)

    def revocations(self):
        """The list of what has been revoked; its path."""
        path = self.folder / "crl.pem"
        self.openssl("ca", "-config", self.configuration, "-gencrl", "-out", path)
        return path

    def ocsp_answer(self, certificate, file="staple.der"):
        path = self.folder / file
        self.openssl("ocsp", "-index", self.folder / "index.txt", "-CA", self.pem, "-rsigner", self.pem, "-rkey", self.key,
                     "-issuer", self.pem, "-cert", certificate, "-respout", path, "-ndays", "1", "-noverify")
        return path

    def client(self, certificate=None, key=None, alpn=None) -> ssl.SSLContext:
        """A Python client that trusts this authority alone."""
        context = ssl.create_default_context(cafile=self.pem)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # a cut is no end
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        if alpn is not None:
            context.set_alpn_protocols(alpn)
        return context

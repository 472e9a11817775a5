"""Where the programs are, which tools exist, and how slow everything may be."""

import importlib
import os
import pathlib
import shutil
import socket
import unittest


def bin_dir() -> pathlib.Path:
    """The folder of the programs under test (run.py --bin-dir)."""
    return pathlib.Path(os.environ["NGO_TEST_BIN_DIR"])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _missing(what: str):
    """A missing tool skips a test on a developer's machine and fails it where everything must be there."""
    if in_ci():
        raise AssertionError(f"{what} is missing; CI must have it")
    raise unittest.SkipTest(f"{what} is missing")


TOOLS = pathlib.Path(__file__).resolve().parents[2] / "build" / "tools"  # what `./dev deps` builds


def need(tool: str, or_skip: bool = False) -> str:
    """The path of an outside tool. `or_skip`: it is no package, and so may be missing in CI as well."""
    found = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:{TOOLS}") or shutil.which(tool, path="/usr/sbin")  # not in everybody's PATH
    if found is None and tool == "go" and os.access("/usr/local/go/bin/go", os.X_OK):
        found = "/usr/local/go/bin/go"
    if found is None and or_skip:
        raise unittest.SkipTest(f"{tool} is missing")
    if found is None:
        _missing(tool)
    return found


def need_module(name: str):
    """A Python module that is not in the standard library."""
    try:
        return importlib.import_module(name)
    except ImportError:
        _missing(f"the Python module {name}")


def sanitizer() -> str:
    """'asan' or 'tsan' when the programs are built with one, else ''."""
    return os.environ.get("NGO_TEST_SANITIZER", "")


def patience(seconds: float) -> float:
    """How long to wait for something that should happen soon. Only a failing test waits so long."""
    return seconds * float(os.environ.get("NGO_TEST_PATIENCE", "1"))


def scaled(count: int, least: int = 1) -> int:
    """A number of repetitions, fewer where the programs are slowed down by a sanitizer."""
    return max(least, count // 4) if sanitizer() else count


def note(text: str):
    """A figure worth a line of its own in the output of run.py."""
    _note_to(text)


def set_note(receiver):
    global _note_to
    _note_to = receiver


_note_to = print

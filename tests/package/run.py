#!/usr/bin/env python3
"""Uses ngo as others do: installed and found by find_package, and as a subdirectory. Builds the same small service both
ways, starts it and asks it. Ends with `N passed, N failed, N skipped`."""
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMMON = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache",
          "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold", "-DCMAKE_CXX_COMPILER=clang++-19"]


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def ask(service):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([service, "--set", f"httpServer.port={port}", "--set", "ops.port=0"], cwd=service.parent,
                               stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/greetings/you", timeout=5) as answer:
                    body = answer.read().decode()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.01)
        if body != '{"text":"hello you"}':
            raise RuntimeError(f"the service answered {body}")
    finally:
        process.terminate()
        if process.wait(30) != 0:
            raise RuntimeError(f"the service ended with {process.returncode}")


def installed(folder):
    prefix = folder / "prefix"
    call("cmake", "--install", ROOT / "build" / "release", "--prefix", prefix)
    if not list(prefix.rglob("lint_coroutines.py")):
        raise RuntimeError("the coroutine rules were not installed")
    call("cmake", "-S", HERE / "installed", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}", *COMMON)
    call("ninja", "-C", folder / "build")
    ask(folder / "build" / "service")


def embedded(folder):
    call("cmake", "-S", HERE / "embedded", "-B", folder / "build", f"-DNGO_SOURCE={ROOT}", *COMMON)
    call("ninja", "-C", folder / "build", "service")
    ask(folder / "build" / "service")


def main():
    failed = 0
    for way in (installed, embedded):
        with tempfile.TemporaryDirectory() as folder:
            try:
                way(pathlib.Path(folder))
                print(f"ok     {way.__name__}", flush=True)
            except (RuntimeError, OSError) as error:
                failed += 1
                print(f"FAILED {way.__name__}: {error}", flush=True)
    print(f"{2 - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

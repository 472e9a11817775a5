#!/usr/bin/env python3
"""Uses ngo as others do: installed and found by find_package, and as a subdirectory. Builds the same small service each
way, starts it and asks it. Ends with `N passed, N failed, N skipped`."""
import http.client
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMMON = ["-G", "Ninja", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold"]
CLANG = ["-DCMAKE_CXX_COMPILER=clang++-19"]


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout + done.stderr


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
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/greetings/you")
                body = connection.getresponse().read().decode()
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


def install(folder):
    prefix = folder / "prefix"
    call("cmake", "--install", ROOT / "build" / "release", "--prefix", prefix)
    return prefix


def installed(folder):
    """find_package(ngo), with the compiler that built the library."""
    prefix = install(folder)
    said = call("cmake", "-S", HERE / "installed", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
                "-DCMAKE_BUILD_TYPE=Release", *COMMON, *CLANG)
    if "lint_coroutines.py" in said:
        raise RuntimeError(f"clang was warned of the faults of g++:\n{said}")
    call("ninja", "-C", folder / "build")
    service = folder / "build" / "service"
    ask(service)
    said = call(prefix / "bin" / "ngo", "config", "explain", "httpServer.port", service, "--set", "httpServer.port=9000")
    if not said.startswith("httpServer.port = 9000\n"):
        raise RuntimeError(f"ngo config explain said:\n{said}")


def installed_for_gcc(folder):
    """The same with g++: it is told what to avoid, and by which script it finds that."""
    prefix = install(folder)
    said = call("cmake", "-S", HERE / "installed", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
                "-DCMAKE_BUILD_TYPE=Release", *COMMON, "-DCMAKE_CXX_COMPILER=g++")
    version = int(call("g++", "-dumpversion").split(".")[0])
    named = re.findall(r"\S+/(?:lint_coroutines\.py|compilers\.md)", said)
    if version < 13 and (len(named) != 2 or not all(pathlib.Path(path).is_file() for path in named)):
        raise RuntimeError(f"no advice for g++ {version}, or files that are not there:\n{said}")
    call("ninja", "-C", folder / "build")
    ask(folder / "build" / "service")
    call(prefix / "share" / "ngo" / "lint_coroutines.py", HERE / "service.cpp")


def embedded(folder):
    """add_subdirectory(ngo): its tests, examples and install rules stay out of the way."""
    call("cmake", "-S", HERE / "embedded", "-B", folder / "build", f"-DNGO_SOURCE={ROOT}", "-DCMAKE_BUILD_TYPE=Debug",
         *COMMON, *CLANG)
    call("ninja", "-C", folder / "build")
    ask(folder / "build" / "service")


def main():
    ways = (installed, installed_for_gcc, embedded)
    failed = 0
    for way in ways:
        with tempfile.TemporaryDirectory() as folder:
            try:
                way(pathlib.Path(folder))
                print(f"ok     {way.__name__}", flush=True)
            except (RuntimeError, OSError) as error:
                failed += 1
                print(f"FAILED {way.__name__}: {error}", flush=True)
    print(f"{len(ways) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Runs wrk and reads its report."""
import os
import re
import subprocess
from dataclasses import dataclass

from .errors import BenchError

BYTES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}


@dataclass(frozen=True)
class Report:
    requests: int
    seconds: float
    bytes: float  # read, also of answers that were cut off at the end; three digits of it are right
    p50_us: float | None  # None: wrk saw too little to tell
    p99_us: float | None
    errors: tuple[str, ...]

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds


def parse_duration_us(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", text)
    if match is None:
        raise BenchError(f'wrk wrote the duration "{text}"; expected a number with us, ms, s, m or h')
    return float(match.group(1)) * MICROSECONDS[match.group(2)]


def parse_report(text: str) -> Report:
    """Reads what `wrk --latency` prints. Errors are answers other than 2xx and 3xx, and failed sockets."""
    total = re.search(r"(\d+) requests in (\S+), ([\d.]+)([KMGT]?B) read", text)
    percentiles = dict(re.findall(r"^\s+(50|99)%\s+(\S+)\s*$", text, re.MULTILINE))
    if total is None or len(percentiles) != 2:
        raise BenchError(f"wrk's report lacks its totals or percentiles:\n{text}")
    errors = re.findall(r"^\s*((?:Non-2xx|Socket errors).*)$", text, re.MULTILINE)
    return Report(int(total.group(1)), parse_duration_us(total.group(2)) / 1e6,
                  float(total.group(3)) * BYTES[total.group(4)],
                  parse_duration_us(percentiles["50"]) or None, parse_duration_us(percentiles["99"]) or None,
                  tuple(errors))


def pipeline_script(path: str, depth: int) -> str:
    """A script for wrk that sends `depth` requests at once."""
    return (f'local requests = {{}}\n'
            f'init = function()\n'
            f'  for i = 1, {depth} do requests[i] = wrk.format("GET", "{path}") end\n'
            f'  requests = table.concat(requests)\n'
            f'end\n'
            f'request = function() return requests end\n')


def traced_script(path: str, depth: int) -> str:
    """The same with a traceparent in each request, another trace every time, one of a hundred of which is sampled."""
    return (f'local count = 0\n'
            f'local function one()\n'
            f'  count = count + 1\n'
            f'  return wrk.format("GET", "{path}", {{traceparent = string.format("00-%016x%016x-%016x-%s",\n'
            f'    math.random(1, 2^52), math.random(1, 2^52), math.random(1, 2^52), count % 100 == 0 and "01" or "00")}})\n'
            f'end\n'
            f'local batches, at = {{}}, 0\n'
            f'init = function()\n'
            f'  for batch = 1, 500 do\n'
            f'    local requests = {{}}\n'
            f'    for i = 1, {depth} do requests[i] = one() end\n'
            f'    batches[batch] = table.concat(requests)\n'
            f'  end\n'
            f'end\n'
            f'request = function() at = at % 500 + 1 return batches[at] end\n')


def run(port: int, path: str, connections: int, seconds: int, cpu: int, script: str | None, scheme: str = "http",
        headers: tuple[str, ...] = ()) -> Report:
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
               "--timeout", "10s", "--latency"]
    if script is not None:
        command += ["--script", script]
    for header in headers:
        command += ["--header", header]
    command.append(f"{scheme}://127.0.0.1:{port}{path}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30,
                              preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} did not end") from error
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with code {done.returncode}: {done.stdout}{done.stderr}")
    return parse_report(done.stdout)

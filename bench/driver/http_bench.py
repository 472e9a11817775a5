"""Measures HTTP servers under load, one pinned CPU for the server and one for wrk.

For each case all contenders run at once; each round loads them in turn, so that what disturbs the machine disturbs
all of them. An answer that differs in status or body from what all must answer stops the contender's measurement
before it begins.
"""
import contextlib
import http.client
import resource
import tempfile
from dataclasses import dataclass

from . import contenders, pairing, wrk
from .contenders import Contender, Unavailable
from .errors import BenchError
from .figures import Column, Figures
from .processes import Server, free_port, time_spent_ns

HELLO = b'{"id":12345,"title":"hello world","author":"someone","tags":["a","b","c"],"published":true,"n":1}'


@dataclass(frozen=True)
class Case:
    name: str
    connections: int
    pipeline: int = 1


CASES = {case.name: case for case in (Case("keepalive-64", 64), Case("pipelined-16", 64, pipeline=16),
                                      Case("keepalive-1000", 1000))}
START_CASE = "start"
START_LIMIT_SECONDS = 60
LOAD_COLUMNS = [Column("cpu_us", "CPU us/request", 2), Column("rps", "requests/s"),
                Column("p50_us", "p50 us", ratio=False), Column("p99_us", "p99 us", ratio=False),
                Column("rss_kib", "MiB after load", 1, 1 / 1024, ratio=False)]
START_COLUMNS = [Column("start_ms", "ms from exec to first answer", 1),
                 Column("rss_kib", "MiB after start", 1, 1 / 1024)]


def add_arguments(parser) -> None:
    pairing.add_arguments(parser, ",".join(CASES))
    parser.add_argument("--contenders", metavar="A,B", help="the first, or limit, is the reference (default: all)")
    parser.add_argument("--path", default="/hello", help="what to ask for (default /hello)")


def run(options) -> int:
    cases = pairing.begin(options, CASES, "wrk")
    raise_file_limit(max(case.connections for case in cases) + 200)
    problems: list[str] = []
    ready = prepare_all(contenders.select(options.contenders, options.programs.resolve()), problems)
    if not ready:
        raise BenchError("there is no contender to measure")
    names = [contender.name for contender in ready]
    figures = Figures("http", "limit" if "limit" in names else names[0])

    expected = HELLO if options.path == "/hello" else None
    for contender in list(ready):
        try:
            expected = measure_start(contender, options, expected, figures)
        except BenchError as error:
            ready.remove(contender)
            problems.append(str(error))
    show(f"{START_CASE}: one server alone on its CPU, idle", figures.table(START_CASE, START_COLUMNS))
    for case in cases:
        measure_case(case, ready, options, figures, problems)
        title = f"{case.name}: {case.connections} connections"
        title += f", {case.pipeline} requests at once on each" if case.pipeline > 1 else ""
        show(f"{title}; {options.rounds} rounds of {options.seconds} s", figures.table(case.name, LOAD_COLUMNS))
    return pairing.conclude(figures, options, problems)


def raise_file_limit(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(f"{needed} open files are needed and the hard limit is {hard}; raise it with ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def prepare_all(wanted: list[Contender], problems: list[str]) -> list[Contender]:
    ready = []
    for contender in wanted:
        try:
            contenders.prepare(contender)
            ready.append(contender)
        except Unavailable as reason:
            print(f"{contender.name}: skipped: {reason}")
        except BenchError as error:
            problems.append(str(error))
    return ready


def start(contender: Contender, cpu: int) -> Server:
    port = free_port()
    contenders.PEER_PROGRAMS.mkdir(parents=True, exist_ok=True)
    log_path = str(contenders.PEER_PROGRAMS / f"{contender.name}-run.log")
    return Server(contender.name, contender.command_line(port), port, cpu, log_path, contender.environment)


def check_answer(server: Server, path: str, expected: bytes | None, tls=None) -> bytes:
    """Returns the body of the answer, which must have status 200 and be the expected one, if there is one."""
    connection = (http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) if tls is None
                  else http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=tls))
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"{server.name} does not answer GET {path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise BenchError(f"{server.name} answers GET {path} with status {response.status} instead of 200")
    if expected is not None and body != expected:
        raise BenchError(f"{server.name} answers GET {path} with {body!r} instead of {expected!r}")
    return body


def measure_start(contender: Contender, options, expected: bytes | None, figures: Figures) -> bytes:
    for _ in range(contender.starts):
        with start(contender, options.server_cpu) as server:
            figures.add(START_CASE, contender.name, "start_ms", server.wait_for_answer(options.path, START_LIMIT_SECONDS))
            figures.add(START_CASE, contender.name, "rss_kib", server.rss_kib())
            expected = check_answer(server, options.path, expected)
    return expected


def measure_case(case: Case, ready: list[Contender], options, figures: Figures, problems: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        script = None
        if case.pipeline > 1:
            file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".lua"))
            file.write(wrk.pipeline_script(options.path, case.pipeline))
            file.flush()
            script = file.name

        def load(server: Server, seconds: int) -> wrk.Report:
            return wrk.run(server.port, options.path, case.connections, seconds, options.load_cpu, script)

        servers = []
        for contender in ready:
            server = stack.enter_context(start(contender, options.server_cpu))
            with pairing.dropped_on_error(server, servers, case.name, problems):
                server.wait_for_answer(options.path, START_LIMIT_SECONDS)
                load(server, contender.warm_up_seconds)
                servers.append(server)
        for server, turn in pairing.in_turns(servers, options.rounds, case.name, problems):
            with turn:
                before = server.thread_times()
                report = load(server, options.seconds)
                spent = time_spent_ns(before, server.thread_times())
                record(case, server, report, spent, figures, problems)
        for server in servers:
            figures.add(case.name, server.name, "rss_kib", server.rss_kib())


def record(case: Case, server: Server, report: wrk.Report, spent_ns: int, figures: Figures,
           problems: list[str]) -> None:
    problems += [f"{case.name}, {server.name}: {error}" for error in report.errors]
    if report.requests == 0:
        problems.append(f"{case.name}, {server.name}: no request was answered")
        return
    figures.add(case.name, server.name, "cpu_us", spent_ns / 1000 / report.requests)
    figures.add(case.name, server.name, "rps", report.requests_per_second)
    for metric, value in (("p50_us", report.p50_us), ("p99_us", report.p99_us)):
        if value is not None:
            figures.add(case.name, server.name, metric, value)


def show(title: str, table: str) -> None:
    print(f"\n{title}\n{table}", flush=True)

"""The table of what is measured, and how the peers are built.

A peer is built when its program is older than its sources, into build/bench/, at low priority and one job at a
time. ngo and the limit come from the project's own build.
"""
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .errors import BenchError

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release/bin"
PEER_SOURCES = ROOT / "bench/peers"
PEER_PROGRAMS = ROOT / "build/bench"


class Unavailable(Exception):
    """Says why a contender cannot take part although nothing is wrong."""


@dataclass(frozen=True)
class Build:
    sources: Path
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    name: str
    program: Path
    command: tuple[str, ...]  # {program} and {port} are replaced
    build: Build | None = None
    tools: tuple[str, ...] = ()  # needed to run it
    environment: dict[str, str] = field(default_factory=dict)
    warm_up_seconds: int = 1
    starts: int = 7

    def command_line(self, port: int) -> list[str]:
        return [part.format(program=self.program, port=port) for part in self.command]


def go_peer(name: str, folder: str) -> Contender:
    program = PEER_PROGRAMS / folder
    build = Build(PEER_SOURCES / folder, ["go", "build", "-trimpath", "-o", str(program), "."],
                  {"GOFLAGS": "-p=1 -mod=readonly", "GOTOOLCHAIN": "local"})
    return Contender(name, program, ("{program}", "{port}"), build, environment={"GOMAXPROCS": "1"})


def actix_peer() -> Contender:
    target = PEER_PROGRAMS / "actix"
    build = Build(PEER_SOURCES / "actix",
                  ["cargo", "build", "--quiet", "-j1", "--release", "--locked", "--target-dir", str(target)])
    return Contender("actix-web", target / "release/actix-peer", ("{program}", "{port}"), build)


def spring_peer() -> Contender:
    target = PEER_PROGRAMS / "spring"
    build = Build(PEER_SOURCES / "spring",
                  ["mvn", "--quiet", "--batch-mode", f"-DbuildDirectory={target}", "package"])
    return Contender("spring-boot", target / "spring-peer.jar", ("java", "-jar", "{program}", "{port}"), build,
                     tools=("java",), warm_up_seconds=8, starts=3)


# With default settings but without telemetry; with what a service has switched on in production; and with metrics and
# traces besides, as it comes.
SEEN = ("{program}", "--set", "httpServer.port={port}", "--set", "ops.port=0")
HELLO = (*SEEN, "--set", "metrics.enabled=false", "--set", "tracing.enabled=false")
FULL = tuple(part for key in ("accessLog.noFile=false", f"accessLog.path={PEER_PROGRAMS}", "requestId.enabled=true",
                              "securityHeaders.enabled=true")
             for part in ("--set", f"httpServer.middlewares.{key}"))


def all_contenders(programs: Path) -> list[Contender]:
    return [
        Contender("limit", programs / "bench_limit", ("{program}", "{port}")),
        Contender("ngo", programs / "hello", HELLO),
        Contender("ngo-full", programs / "hello", HELLO + FULL),
        Contender("ngo-seen", programs / "hello", SEEN + FULL),
        go_peer("go-net-http", "go-net-http"),
        go_peer("gin", "go-gin"),
        go_peer("fasthttp", "go-fasthttp"),
        actix_peer(),
        spring_peer(),
    ]


def select(names: str | None, programs: Path = PROGRAMS) -> list[Contender]:
    """The contenders of a comma-separated list; all without one."""
    by_name = {contender.name: contender for contender in all_contenders(programs)}
    if not names:
        return list(by_name.values())
    unknown = [name for name in names.split(",") if name not in by_name]
    if unknown:
        raise BenchError(f'no contender "{unknown[0]}"; there are: {", ".join(by_name)}')
    return [by_name[name] for name in names.split(",")]


def add_programs_argument(parser) -> None:
    parser.add_argument("--programs", metavar="DIR", type=Path, default=PROGRAMS,
                        help="where ngo's programs are (default build/release/bin)")


def prepare(contender: Contender) -> None:
    """Makes sure that the program is there and is as new as its sources."""
    for old in PEER_PROGRAMS.glob("access*.log"):
        old.unlink()  # of an earlier ngo-full: gigabytes
    for tool in contender.tools:
        need_tool(tool)
    if contender.build is None:
        if not contender.program.exists():
            raise Unavailable(f"{contender.program} is not built; ./dev build builds it")
        return
    if is_fresh(contender.program, contender.build.sources):
        return
    command = contender.build.command
    need_tool(command[0])
    print(f"building {contender.name}: {' '.join(command)}", flush=True)
    PEER_PROGRAMS.mkdir(parents=True, exist_ok=True)
    log = PEER_PROGRAMS / f"{contender.name}-build.log"
    with open(log, "wb") as output:
        done = subprocess.run(command, cwd=contender.build.sources, stdin=subprocess.DEVNULL, stdout=output,
                              stderr=output, env={**os.environ, **contender.build.environment},
                              preexec_fn=lambda: os.nice(19))
    if done.returncode != 0:
        raise BenchError(f"{contender.name} cannot be built; the output: {log.relative_to(ROOT)}")
    contender.program.touch()


def need_tool(tool: str) -> None:
    if shutil.which(tool) is None:
        raise Unavailable(f"no {tool}")


def is_fresh(program: Path, sources: Path) -> bool:
    newest = max(file.stat().st_mtime for file in sources.rglob("*") if file.is_file())
    return program.exists() and program.stat().st_mtime >= newest

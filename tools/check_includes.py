#!/usr/bin/env python3
"""Checks who includes whom (docs/architecture.md, section 2). A room may include what stands to its left. What a user's
file sees of ngo, directly or not, includes the standard library and ngo alone. Prints file:line and what is allowed."""
import pathlib
import re
import sys

from tree import ROOT, code_files, included_file, includes_of

# In order; a room may include its own files and those of every earlier step. Rooms of one step do not know each other.
STEPS = [
    {"base"},
    {"runtime"},
    {"net", "codec"},
    {"log", "metrics", "trace"},
    {"telemetry"},
    {"config"},
    {"resilience"},
    {"http"},
    {"app"},
    {"db", "redis", "memcached", "kafka", "zookeeper", "etcd", "rpc"},
    {"cache", "lock", "auth", "jobs", "discovery"},
]
LEVEL = {room: level for level, step in enumerate(STEPS) for room in step}
# The price of checked format strings in every file that logs is known and paid (architecture, 3.6).
THIRD_PARTY_ALLOWED = {("log", "fmt/core.h")}
# A name without a slash and a dot is a standard header; so are the old C names with a c before them.
STANDARD = re.compile(r"[a-z_0-9]+")


def room_of(header):
    """The room of ngo/ROOM/...; an entry header ngo/ROOM.hpp belongs to its room, ngo/version.hpp to the first."""
    parts = pathlib.PurePosixPath(header).parts[1:]
    if len(parts) > 1:
        return parts[0]
    return "base" if parts[0] == "version.hpp" else parts[0].removesuffix(".hpp")


def is_private(path):
    """x_impl.hpp is for the sources of its room; it is not installed."""
    return path.name.endswith("_impl.hpp")


def is_innards(path):
    """Not for users by name; it may still be what a public header is made of."""
    return is_private(path) or "detail" in path.parts


def wrong_direction(root, path):
    room = room_of(path.relative_to(root).as_posix())
    where = path.relative_to(root).as_posix()
    if room not in LEVEL:
        yield f"{where}:1: the room {room} is not in the map of tools/check_includes.py"
        return
    allowed = ", ".join(other for step in STEPS[:LEVEL[room]] for other in sorted(step) if (root / "ngo" / other).is_dir())
    for line, bracket, target in includes_of(path):
        if not target.startswith("ngo/"):
            continue
        other = room_of(target)
        if bracket == "<":
            yield f"{where}:{line}: <{target}>: ngo's own files write \"{target}\""
        if other == room:
            continue
        if other not in LEVEL or LEVEL[other] >= LEVEL[room]:
            yield f"{where}:{line}: {room} may not include {other}; it may include {allowed or 'no other room'}"
        elif "/" not in target.removeprefix("ngo/") and target != "ngo/version.hpp":
            yield f"{where}:{line}: {target} is the entry for users; include the header of the room that is meant"


def seen_by_users(root):
    """Every header that a user's file includes, directly or not, with the public header that leads to it."""
    seen = {path: path for path in code_files(root, ["ngo"], [".hpp"]) if not is_innards(path)}
    waiting = list(seen)
    while waiting:
        path = waiting.pop()
        for _, _, target in includes_of(path):
            other = included_file(root, path, target)
            if other is not None and other not in seen:
                seen[other] = seen[path]
                waiting.append(other)
    return seen


def foreign_in_public(root):
    for path, public in sorted(seen_by_users(root).items()):
        where = path.relative_to(root).as_posix()
        by = "" if path == public else f" (users see it through {public.relative_to(root).as_posix()})"
        for line, bracket, target in includes_of(path):
            other = included_file(root, path, target)
            if other is not None and is_private(other):
                yield f"{where}:{line}: {target} is not installed; a public header uses what stands in a folder detail/{by}"
            elif target.startswith("ngo/") or (room_of(where), target) in THIRD_PARTY_ALLOWED:
                continue
            elif bracket == '"' or not STANDARD.fullmatch(target):
                yield f"{where}:{line}: a public header includes the standard library and ngo alone, not {target}{by}"


def check(root):
    breaches = [breach for path in code_files(root, ["ngo"]) for breach in wrong_direction(root, path)]
    return breaches + list(foreign_in_public(root))


def main():
    breaches = check(ROOT)
    print("\n".join(breaches) if breaches else f"includes: {len(code_files(ROOT, ['ngo']))} files are good")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()

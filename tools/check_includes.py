#!/usr/bin/env python3
"""Checks who includes whom (docs/architecture.md, section 2): a room may include what stands to its left, and public
headers include the standard library and ngo's own headers alone. Prints each breach as file:line: sentence."""
import pathlib
import re
import sys

# In order; a room may include its own files and those of every earlier step. Rooms of one step do not know each other.
STEPS = [
    {"base"},
    {"runtime"},
    {"net", "codec"},
    {"log", "metrics", "trace"},
    {"config"},
    {"http", "resilience"},
    {"app"},
    {"db", "redis", "memcached", "kafka", "zookeeper", "etcd", "rpc"},
    {"cache", "lock", "auth", "jobs", "discovery"},
]
LEVEL = {room: level for level, step in enumerate(STEPS) for room in step}
# The price of checked format strings in every file that logs is known and paid (architecture, 3.6).
THIRD_PARTY_ALLOWED = {("log", "fmt/core.h")}
STANDARD = re.compile(r"^[a-z_]+$|^c(assert|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdarg|"
                      r"stddef|stdint|stdio|stdlib|string|time|uchar|wchar|wctype)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path, root):
    parts = path.relative_to(root / "ngo").parts
    return parts[0] if len(parts) > 1 else "entry"


def check(root):
    breaches = []
    for path in sorted((root / "ngo").rglob("*.[ch]pp")):
        room = room_of(path, root)
        # Innards are not for users: x_impl.hpp, and what lies in a folder detail/.
        public = path.suffix == ".hpp" and not path.stem.endswith("_impl") and "detail" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            bracket, target = found.groups()
            where = f"{path.relative_to(root)}:{number}"
            if target.startswith("ngo/"):
                parts = target.split("/")
                if bracket == "<":
                    breaches.append(f"{where}: <{target}>: inside of ngo its headers are included with quotes")
                other = parts[1] if len(parts) > 2 else "entry"
                if other == "entry" and target != "ngo/version.hpp" and room != "entry":
                    breaches.append(f"{where}: {target} is an entry header for users; include the room's own header")
                elif room == "entry" or other in (room, "entry"):
                    continue
                elif other not in LEVEL or room not in LEVEL:
                    breaches.append(f"{where}: the room {other if other not in LEVEL else room} is not in the map")
                elif LEVEL[other] >= LEVEL[room]:
                    allowed = sorted(r for r, level in LEVEL.items() if level < LEVEL[room] and (root / "ngo" / r).is_dir())
                    breaches.append(f"{where}: {room} may not include {other}; it may include {', '.join(allowed) or 'nothing'}")
            elif public and (bracket == '"' or not STANDARD.match(target)):
                if (room, target) not in THIRD_PARTY_ALLOWED:
                    breaches.append(f"{where}: the public header includes {target}; only the standard library and ngo may "
                                    "stand there, move it into the .cpp file")
    return breaches


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    breaches = check(root)
    print("\n".join(breaches) if breaches else "include directions: good")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()

"""The source tree as the checks see it: which files are ours, and which of them include which."""
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("ngo", "examples", "tests", "bench", "fuzz")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def code_files(root=ROOT, folders=FOLDERS, suffixes=(".cpp", ".hpp")):
    """All C++ files of ours, sorted."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*") if path.suffix in suffixes)


@functools.cache
def includes_of(path):
    """(line, bracket, target) of each include of a file."""
    text = path.read_text(encoding="utf-8")
    return tuple((text.count("\n", 0, found.start()) + 1, found.group(1), found.group(2)) for found in INCLUDE.finditer(text))


def included_file(root, path, target):
    """The file of ours that `#include "target"` in `path` means, or None."""
    for candidate in (root / target, path.parent / target):
        if candidate.is_file():
            return candidate
    return None


def closure(root, path, seen=None):
    """The file and all files of ours that it includes, directly or not."""
    seen = {path} if seen is None else seen
    for _, _, target in includes_of(path):
        other = included_file(root, path, target)
        if other is not None and other not in seen:
            seen.add(other)
            closure(root, other, seen)
    return seen

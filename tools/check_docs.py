#!/usr/bin/env python3
"""Keeps the book true. Code in it is an excerpt of a program that is compiled: a fenced block that follows

    <!-- snippet: examples/hello/main.cpp NAME -->

must be what stands between `// [NAME]` and `// [/NAME]` in that file (the whole file without a NAME). --fix writes the
excerpts. Every ```cpp block must have such a marker. Relative links must lead to something."""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARKER = re.compile(r"<!-- snippet: (\S+)(?: (\S+))? -->\n```(\w*)\n(.*?)```\n", re.S)
UNMARKED = re.compile(r"(?<!-->\n)```cpp\n")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")


def excerpt(path, name):
    text = (ROOT / path).read_text()
    if not name:
        return text
    found = re.search(rf"^[ \t]*(?://|#) \[{re.escape(name)}\]\n(.*?)^[ \t]*(?://|#) \[/{re.escape(name)}\]", text, re.S | re.M)
    if not found:
        raise KeyError(f"{path} has no part [{name}]")
    return textwrap.dedent(found.group(1))


def check(page, fix):
    text = page.read_text()
    where = page.relative_to(ROOT)
    problems = []

    def replace(match):
        path, name, language, body = match.groups()
        try:
            wanted = excerpt(path, name)
        except (OSError, KeyError) as error:
            problems.append(f"{where}: {error}")
            return match.group()
        if body != wanted and not fix:
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{where}:{line}: the excerpt of {path} {name or ''} is not what stands there; ./tools/check_docs.py --fix")
        marker = f"<!-- snippet: {path}{' ' + name if name else ''} -->"
        return f"{marker}\n```{language}\n{wanted}```\n"

    fixed = MARKER.sub(replace, text)
    if fix and fixed != text:
        page.write_text(fixed)
    for match in UNMARKED.finditer(text):
        problems.append(f"{where}:{text.count(chr(10), 0, match.start()) + 1}: a ```cpp block without a snippet marker before it")
    for match in LINK.finditer(text):
        target = match.group(1)
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
            problems.append(f"{where}:{text.count(chr(10), 0, match.start()) + 1}: the link leads nowhere: {target}")
    return problems


def main():
    fix = "--fix" in sys.argv[1:]
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    # The architecture shows the shape of things to come as well as of those that are: its code is a sketch.
    sketches = {ROOT / "docs" / "architecture.md", ROOT / "docs" / "compilers.md"}
    problems = []
    for page in pages:
        found = check(page, fix)
        problems += [p for p in found if page not in sketches or "without a snippet marker" not in p]
    print("\n".join(problems) if problems else f"docs: {len(pages)} pages are true")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Keeps the book true. Its C++ is code that is compiled and run, and its relative links lead to something.

A block after the line

    <!-- snippet: examples/hello/main.cpp NAME -->

is what stands between `// [NAME]` and `// [/NAME]` in that file (the whole file without a NAME); --fix writes it so. Any
other ```cpp block quotes a program of examples/ or tests/programs/, whatever the indentation; a line `...` leaves something
out. Code that cannot be compiled says why: <!-- not compiled: the reason -->"""
import pathlib
import re
import sys
import textwrap

from tree import ROOT, code_files

BLOCK = re.compile(r"^(?P<mark><!--[^\n]*-->\n+)?```(?P<language>\w*)\n(?P<body>.*?)^```$", re.S | re.M)
SNIPPET = re.compile(r"<!-- snippet: (\S+)(?: (\S+))? -->")
SKIPPED = re.compile(r"<!-- not compiled: \S")
LEFT_OUT = re.compile(r"^\s*(?://\s*)?(?:\.\.\.|…)\s*$", re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def squeezed(code):
    return re.sub(r"\s+", " ", code).strip()


def excerpt(root, path, name):
    text = (root / path).read_text(encoding="utf-8")
    if not name:
        return text
    mark = r"^[ \t]*(?://|#) \[{}\]\n"
    found = re.search(mark.format(re.escape(name)) + "(.*?)" + mark.format("/" + re.escape(name)), text, re.S | re.M)
    if not found:
        raise KeyError(f"{path} has no part [{name}]")
    return textwrap.dedent(found.group(1))


class Page:
    """One page and what is wrong with it."""

    def __init__(self, root, path, programs):
        self.root, self.path, self.programs = root, path, programs
        self.text = path.read_text(encoding="utf-8")
        self.problems = []

    def check(self):
        """The page as it should be; problems has what stands against it."""
        for link in LINK.finditer(BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block.group()), self.text)):
            target = link.group(1)
            if not re.match(r"[a-z]+:", target) and not (self.path.parent / target).exists():
                self._say(link.start(), f"the link leads nowhere: {target}")
        return BLOCK.sub(self._block, self.text)

    def _say(self, position, what):
        self.problems.append(f"{self.path.relative_to(self.root)}:{self.text.count(chr(10), 0, position) + 1}: {what}")

    def _block(self, block):
        mark, language, body = block["mark"] or "", block["language"], block["body"]
        snippet = SNIPPET.match(mark)
        if snippet:
            try:
                wanted = excerpt(self.root, snippet.group(1), snippet.group(2))
            except (OSError, KeyError) as error:
                self._say(block.start(), str(error.args[-1] if isinstance(error, KeyError) else error))
                return block.group()
            if body != wanted:
                self._say(block.start(), f"not what stands in {snippet.group(1)} {snippet.group(2) or ''}; "
                                         "tools/check_docs.py --fix copies it")
            return f"{mark}```{language}\n{wanted}```"
        if language in {"cpp", "c++"} and not SKIPPED.match(mark):
            for part in map(squeezed, LEFT_OUT.split(body)):
                if not any(part in program for program in self.programs):
                    self._say(block.start("body"), f"no program of examples/ or tests/programs/ contains `{part[:60]}`")
        return block.group()


def pages(root):
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md")), *sorted((root / "tests").rglob("*.md"))]


def check(root, fix=False):
    programs = [squeezed(re.sub(r"^[ \t]*// \[/?[\w-]+\]\n", "", path.read_text(encoding="utf-8"), flags=re.M))
                for path in code_files(root, ["examples", "tests/programs", "tests/package"])]
    problems = []
    for path in pages(root):
        page = Page(root, path, programs)
        fixed = page.check()
        if fix and fixed != page.text:
            path.write_text(fixed, encoding="utf-8")
            page = Page(root, path, programs)
            page.check()
        problems += page.problems
    return problems


def main():
    problems = check(ROOT, fix="--fix" in sys.argv[1:])
    print("\n".join(problems) if problems else f"docs: {len(pages(ROOT))} pages are true")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

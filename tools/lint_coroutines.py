#!/usr/bin/env python3
"""Finds what g++ 12 silently compiles into wrong code in coroutines (docs/compilers.md):

  braced    co_await f(Aggregate{...}), co_await f({...}): the temporary is destroyed twice
  switch    switch (co_await f()): takes the wrong branch

usage: lint_coroutines.py PATH...    files or folders; exits 1 when something was found

Works on text: comments and strings are blanked first. A line with `coroutine-lint: ok` is passed over, for a type
whose braces call a constructor."""
import pathlib
import re
import sys

BLANKED = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
OPEN, CLOSE = "([{", ")]}"


def blank(text):
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def end_of_expression(text, start):
    """Where the co_await expression that begins at `start` ends: at a `;` or `,` of its own level, or a closing bracket."""
    depth = 0
    for i in range(start, len(text)):
        c = text[i]
        if c in OPEN:
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth < 0:
                return i
        elif depth == 0 and c in ";":
            return i
    return len(text)


def is_lambda_body(text, brace):
    """Whether the `{` at `brace` opens the body of a lambda or a block, and no list of initialisers."""
    before = text[:brace].rstrip()
    if before.endswith((")", "]", "mutable", "noexcept", ";", "{", "}")):
        return before[-1] != "]" or "[" in before  # `[...] {` is a lambda without parameters
    return re.search(r"\)\s*(mutable|noexcept|const)*\s*->\s*[\w:<>,\s&*]+$", before[-200:]) is not None


def matching(text, start):
    depth = 0
    for i in range(start, len(text)):
        if text[i] in OPEN:
            depth += 1
        elif text[i] in CLOSE:
            depth -= 1
            if depth == 0:
                return i
    return len(text)


def find(text):
    """Pairs of (position, what) in one file."""
    clean = blank(text)
    for match in re.finditer(r"\bswitch\s*\(\s*co_await\b", clean):
        yield match.start(), "switch: g++ 12 takes the wrong branch of `switch (co_await ...)`; await into a variable first"
    for match in re.finditer(r"\bco_await\b", clean):
        i, end = match.end(), end_of_expression(clean, match.end())
        depth = 0
        while i < end:
            c = clean[i]
            if c == "{":
                if is_lambda_body(clean, i):
                    i = matching(clean, i)
                elif depth > 0:
                    yield i, ("braced: g++ 12 destroys a braced temporary in a co_await expression twice; "
                              "name it in a variable, or give the type a constructor and use parentheses")
                    break
            elif c in "([":
                depth += 1
            elif c in ")]":
                depth -= 1
            i += 1


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = 0
    for argument in map(pathlib.Path, sys.argv[1:]):
        if not argument.exists():
            sys.exit(f"{argument}: there is no such file or folder")
        files = [argument] if argument.is_file() else sorted(p for p in argument.rglob("*") if p.suffix in {".hpp", ".cpp", ".cc", ".h"})
        for path in files:
            text = path.read_text(errors="replace")
            lines = text.splitlines()
            for position, what in find(text):
                line = text.count("\n", 0, position) + 1
                if "coroutine-lint: ok" not in lines[line - 1]:
                    found += 1
                    print(f"{path}:{line}: {what}")
    print(f"coroutine rules: {found} found" if found else "coroutine rules: good")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

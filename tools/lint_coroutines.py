#!/usr/bin/env python3
"""Finds in coroutines what g++ 11 and 12 compile wrongly without a warning (compilers.md explains, with the cures):

  braced     co_await f(Aggregate{...}), co_await f({...}), Aggregate a{co_await f()}: destroyed twice
  capture    co_await f([text] {...}): the copy in the capture is destroyed twice
  switch     switch (co_await f())
  condition  if, while, for (co_await f()) in a function without a local variable: it never goes on

usage: lint_coroutines.py PATH...    files or folders; exit code 1 when something was found

It reads text, not types: braces and copies of what has a constructor, or nothing to destroy, may be harmless. Give them
a name all the same, or end the line with `// coroutine-lint: ok`."""
import bisect
import pathlib
import re
import sys

SUFFIXES = {".cpp", ".cc", ".cxx", ".hpp", ".hh", ".h", ".ipp"}
SILENCED = "coroutine-lint: ok"
NOT_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)
CONTROL = {"if", "while", "for", "switch", "catch"}
BEFORE_BLOCK = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable"}
TYPE_DEFINITION = re.compile(r"\b(struct|class|union|enum|namespace|extern)\b[^=()]*$")
TRAILING_RETURN = re.compile(r"\)\s*(?:(?:mutable|noexcept|const|constexpr|static)\s*)*->\s*[\w:<>,\s&*\[\]]+$")
# Have constructors, or nothing that must be destroyed.
HARMLESS = re.compile(r"(?:^|[^\w:])(?:std::(?!array\b)\w+(?:::\w+)*|(?:std::)?u?int\d*(?:_t)?|(?:std::)?size_t|"
                      r"bool|char|double|float|long|short|unsigned|auto)\s*(?:<[^;{}]*>)?\s*$")
DECLARATION = re.compile(
    r"[;{}(]\s*(?:using\b|typedef\b|(?:struct|class|enum)\b|"
    r"(?!(?:return|co_return|co_await|co_yield|throw|delete|else|goto|new|case|if|while|for|switch|do|try|default)\b)"
    r"(?:(?:const|static|constexpr|thread_local|unsigned|volatile)\s+)*[A-Za-z_][\w:]*(?:<[^;{}()]*>)?"
    r"(?:\s+|\s*[&*]+\s*)(?:\[[\w,\s&]+\]|[A-Za-z_]\w*)\s*(?:=|;|\{|\(|:(?!:)))")


class Source:
    """The text with comments and strings blanked, and for each bracket its partner and, for `{`, what it opens."""

    def __init__(self, text):
        self.text = NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
        self.partner = {}
        self.kind = {}  # position of "{" -> init, lambda, function, control or scope
        self.blocks = []  # (begin, end) of everything that is no init
        self._match()

    def _match(self):
        stack = []
        for position, char in enumerate(self.text):
            if char in "([{":
                if char == "{":
                    inside = next((at for at in reversed(stack) if self.text[at] == "{"), None)
                    self.kind[position] = self._kind(position, stack, inside)
                stack.append(position)
            elif char in ")]}" and stack:
                opener = stack.pop()
                self.partner[opener] = position
                self.partner[position] = opener
                if char == "}" and self.kind.get(opener, "init") != "init":
                    self.blocks.append((opener, position))
        self.blocks.sort()

    def before(self, position):
        """The position of the last character before `position` that is no space, or -1."""
        position -= 1
        while position >= 0 and self.text[position].isspace():
            position -= 1
        return position

    def word_before(self, position):
        end = self.before(position) + 1
        return re.search(r"\w*$", self.text[max(0, end - 80):end]).group()

    def is_lambda_introducer(self, opener):
        """Whether the `[` there begins a lambda: it indexes nothing and is no attribute."""
        at = self.before(opener)
        previous = self.text[at] if at >= 0 else ""
        if previous in ")]" or self.text[opener + 1:opener + 2] == "[" or previous == "[":
            return False
        return not (previous.isalnum() or previous == "_") or self.word_before(opener) in {"return", "co_return", "co_await"}

    def _kind(self, brace, stack, inside):
        at = self.before(brace)
        previous = self.text[at] if at >= 0 else ";"
        word = self.word_before(brace)
        if previous == "]":
            opener = self.partner.get(at)
            return "lambda" if opener is not None and self.is_lambda_introducer(opener) else "init"
        tail = self.text[max(0, brace - 400):brace]
        returns = TRAILING_RETURN.search(tail)
        if previous == ")" or word in BEFORE_BLOCK or returns:
            if word in {"else", "do", "try"}:
                return "control"
            close = self.text.rfind(")", 0, brace) if not returns else max(0, brace - 400) + returns.start()
            opener = self.partner.get(close)
            if opener is None:
                return "function"
            ahead = self.before(opener)
            if self.word_before(opener) in CONTROL or self.word_before(opener) == "constexpr":
                return "control"
            return "lambda" if ahead >= 0 and self.text[ahead] == "]" else "function"
        if previous == "{" and inside is not None:
            return "init" if self.kind[inside] == "init" else "scope"
        if previous in ";}:" or at < 0:
            return "scope"
        statement = re.split(r"[;{}]", tail)[-1]
        if TYPE_DEFINITION.search(statement):
            return "scope"
        return "init"

    def enclosing(self, position, kinds):
        """The innermost block of these kinds around a position, as (begin, end)."""
        found = None
        for begin, end in self.blocks[:bisect.bisect(self.blocks, (position, 0))]:
            if begin < position < end and self.kind[begin] in kinds:
                found = (begin, end)
        return found

    def expression(self, position):
        """The full expression around a co_await, as (begin, end, keyword of the condition that it is or "")."""
        begin, keyword = position - 1, ""
        while begin >= 0:
            char = self.text[begin]
            if char == "}" and self.kind.get(self.partner.get(begin), "init") != "init":
                block = self.partner[begin]
                if self.kind[block] != "lambda":
                    break
                begin = block
            elif char == ")" and self.partner.get(begin) is not None:
                if self.word_before(self.partner[begin]) in CONTROL:
                    break
                begin = self.partner[begin]
            elif char in "]}" and self.partner.get(begin) is not None:
                begin = self.partner[begin]
            elif char == "(" and (word := self.word_before(begin)) in CONTROL | {"constexpr"}:
                keyword = word
                break
            elif char == ";" or (char == "{" and self.kind[begin] != "init"):
                if char == ";":
                    keyword = self._keyword_of_for(begin)
                break
            begin -= 1
        end = position
        while end < len(self.text):
            char = self.text[end]
            if char in "([{" and self.partner.get(end) is not None:
                if char == "{" and self.kind[end] not in ("init", "lambda"):
                    break
                end = self.partner[end]
            elif char == ";" or (char == ")" and self.word_before(self.partner.get(end, 0)) in CONTROL):
                break
            elif char == "}" and self.kind.get(self.partner.get(end), "") != "init":
                break
            end += 1
        return begin + 1, end, keyword

    def _keyword_of_for(self, semicolon):
        depth = 0
        for at in range(semicolon - 1, -1, -1):
            if self.text[at] in ")}]":
                depth += 1
            elif self.text[at] in "({[":
                depth -= 1
                if depth < 0:
                    word = self.word_before(at) if self.text[at] == "(" else ""
                    return word if word in CONTROL else ""
        return ""


BRACED = ("braced: g++ 12 destroys a braced temporary of an expression with co_await, or an aggregate made with one, twice; "
          "give its parts a name before")
CAPTURE = "capture: g++ 12 destroys what a lambda of a co_await expression has captured by copy twice; give the lambda a name before"
SWITCH = "switch: g++ 12 takes a wrong branch of `switch (co_await ...)`; give the value a name before"
CONDITION = ("condition: a function without a local variable never goes on after `{} (co_await ...)` with g++ 12; "
             "give the value a name before")


def captures_a_copy(captures):
    parts = [part.strip() for part in re.split(r",(?![^(<{]*[)>}])", captures) if part.strip()]
    return any(not part.startswith("&") and part != "this" for part in parts)


def look_through(source, begin, end, awaits):
    """Pairs of (position, what) for one full expression."""
    at = begin
    while at < end:
        char = source.text[at]
        if char == "{" and source.kind[at] == "lambda":
            at = source.partner.get(at, end)
        elif char == "{":
            close = source.partner.get(at, end)
            previous = source.text[source.before(at)]
            ahead = source.text[begin:at]
            declared = re.sub(r"\b[A-Za-z_]\w*\s*=?\s*$", "", ahead)
            is_variable = declared != ahead and re.search(r"[\w>&*]\s+$", declared) and not re.search(r"\b(co_return|return|co_await|throw)\s+$", declared)
            if is_variable:
                bad = any(at < one < close for one in awaits) and not HARMLESS.search(declared)
            elif previous in "(,=":
                bad = True
            else:
                bad = not HARMLESS.search(ahead)
            if bad:
                yield at, BRACED
                at = close
        elif char == "[" and source.is_lambda_introducer(at) and captures_a_copy(source.text[at + 1:source.partner.get(at, at)]):
            yield at, CAPTURE
        at += 1


def find(text):
    """Sorted pairs of (line, what) of one file."""
    source = Source(text)
    expressions = {}
    for match in re.finditer(r"\bco_await\b", source.text):
        begin, end, keyword = source.expression(match.start())
        expressions.setdefault((begin, end), (keyword, []))[1].append(match.start())
    found = []
    for (begin, end), (keyword, awaits) in expressions.items():
        body = source.text[begin:end]
        declares = re.match(r"\s*(?:const\s+)?[A-Za-z_][\w:<>]*[\s&*]+\w+\s*=[^=]", body)
        if keyword == "switch" and not declares:
            found.append((awaits[0], SWITCH))
        elif keyword in {"if", "while", "for", "constexpr"}:
            function = source.enclosing(awaits[0], {"function", "lambda"})
            if function and source.kind[function[0]] == "function" and not declares:
                if not DECLARATION.search(source.text, function[0], function[1]):
                    found.append((awaits[0], CONDITION.format(keyword)))
        found += look_through(source, begin, end, awaits)
    lines = text.splitlines()
    places = {(source.text.count("\n", 0, position) + 1, what) for position, what in found}
    return sorted(place for place in places if SILENCED not in lines[place[0] - 1])


def main():
    if len(sys.argv) < 2 or sys.argv[1] in {"-h", "--help"}:
        print(__doc__)
        sys.exit(2 if len(sys.argv) < 2 else 0)
    found = 0
    for argument in map(pathlib.Path, sys.argv[1:]):
        if not argument.exists():
            sys.exit(f"{argument}: there is no such file or folder")
        files = [argument] if argument.is_file() else sorted(p for p in argument.rglob("*") if p.suffix in SUFFIXES)
        for path in files:
            for line, what in find(path.read_text(encoding="utf-8", errors="replace")):
                found += 1
                print(f"{path}:{line}: {what}")
    print(f"coroutine rules: {found} found" if found else "coroutine rules: nothing found")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

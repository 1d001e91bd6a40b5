"""Translate XLSForm's expressions (a little XPath) into ours: `selected(${a}, 'b') and . div 2 > 1`."""

import re
from dataclasses import dataclass, field

from models.core import characters
from models.core.errors import Refusal
from models.forms.signs import in_signs

LONGEST, DEEPEST = 2000, 40  # characters; brackets inside brackets

_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{[^{}]+\})|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<string>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<self>\.(?![0-9./]))|(?P<word>[A-Za-z][\w-]*)|(?P<sign><=|>=|!=|==|[=<>+\-*/×÷(),]))"
)
_COMPARE = ("=", "==", "!=", "<", "<=", ">", ">=")
_ADD, _MULTIPLY = {"+": "+", "-": "-"}, {"*": "*", "div": "/", "/": "/", "×": "*", "÷": "/"}


@dataclass
class Names:
    """What an expression may name: questions' types by name, their names by what was written for them, and of each the
    choices' names by their words."""

    types: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)


def translate(source: str, names: Names, own: str = "") -> str:
    """Return the expression in the words of `models.forms.expressions`. `own` is the question that `.` is about. Signs
    and quotes of a Chinese keyboard are read as what they mean. What XPath says of the unanswered stays true: it equals
    '' and differs from everything else. "" stays "". Raises `xlsform.expression` for what cannot be read,
    `xlsform.function` for an unknown function or operator."""
    if not source:
        return ""
    if len(source) > LONGEST:
        raise Refusal("xlsform.expression", source=source[:40] + "…", part="…")
    reader = _Reader(in_signs(source, names.written, own=bool(own)), names, own)
    words = reader.either()
    if reader.kind != "end":
        raise reader.lost()
    return words


class _Reader:
    """Reads from left to right; each method reads one level of precedence and writes it in our notation."""

    def __init__(self, source: str, names: Names, own: str) -> None:
        self.source, self.names, self.types, self.own = source, names, names.types, own
        self.place = self.depth = 0
        self.kind = self.word = ""
        self.next()

    def next(self) -> str:
        """Return the current token and advance to the next."""
        taken = self.word
        found = _TOKEN.match(self.source, self.place)
        if found:
            self.kind, self.word, self.place = str(found.lastgroup), found[str(found.lastgroup)], found.end()
        elif self.source[self.place :].strip():
            raise Refusal("xlsform.expression", source=self.source, part=self.source[self.place :].strip()[:20])
        else:
            self.kind, self.word = "end", ""
        return taken

    def lost(self) -> Refusal:
        return Refusal("xlsform.expression", source=self.source, part=self.word or self.source[-10:])

    def take(self, sign: str) -> None:
        if self.word != sign or self.kind == "string":
            raise self.lost()
        self.next()

    def at(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.word in words

    def either(self) -> str:
        words = self.both()
        while self.at("or"):
            self.next()
            words = f"{words} or {self.both()}"
        return words

    def both(self) -> str:
        words = self.comparison()
        while self.at("and"):
            self.next()
            words = f"{words} and {self.comparison()}"
        return words

    def comparison(self) -> str:
        left = "value" if self.own and self.at(*_COMPARE) else self.sum()  # `>= 34` is about the question itself
        if not self.at(*_COMPARE):
            return left
        sign = self.next().replace("==", "=")
        right = self.named(left, self.sum())
        if self.at(*_COMPARE):
            raise self.lost()
        if sign not in ("=", "!="):
            return f"{left} {sign} {right}"
        if "''" in (left, right):
            asked = f"{left} != {right}"
            return asked if sign == "!=" else f"not ({asked})"
        same = f"{left} == {self.as_choices(left, right)}"
        return same if sign == "=" else f"not ({same})"

    def named(self, left: str, right: str) -> str:
        """Return the name of a choice that is written by its label."""
        known = self.names.choices.get(self.own if left == "value" else left, {})
        name = known.get(right[1:-1]) if right.startswith("'") and right.endswith("'") else None
        return f"'{name}'" if name else right

    def as_choices(self, left: str, right: str) -> str:
        """Return the words beside a multiple-choice question, which are one string in XPath, as a list."""
        name = self.own if left == "value" else left
        if self.types.get(name) == "select_multiple" and right.startswith("'"):
            return "[" + ", ".join(f"'{word}'" for word in right.strip("'").split()) + "]"
        return right

    def sum(self) -> str:
        words = self.product()
        while self.at(*_ADD):
            words = f"{words} {_ADD[self.next()]} {self.product()}"
        return words

    def product(self) -> str:
        words = self.single()
        while self.at(*_MULTIPLY, "mod"):
            if self.word == "mod":
                raise Refusal("xlsform.function", source=self.source, name="mod")
            words = f"{words} {_MULTIPLY[self.next()]} {self.single()}"
        return words

    def single(self) -> str:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.lost()
        words = self.inner()
        self.depth -= 1
        return words

    def inner(self) -> str:
        if self.at("-"):
            self.next()
            return f"-{self.single()}"
        if self.at("("):
            self.next()
            words = self.either()
            self.take(")")
            return f"({words})"
        match self.kind:
            case "name":
                return self.called(self.next()[2:-1].strip())
            case "self" if self.own:
                self.next()
                return "value"
            case "number":
                return self.next()
            case "string":
                return self.quoted(self.next()[1:-1])
            case "word":
                return self.function(self.next())
        raise self.lost()

    def called(self, words: str) -> str:
        """Return the name of a question as it is written in an expression."""
        name = self.names.written.get(characters.key(words), words)
        if not name or " " in name:
            raise Refusal("xlsform.expression", source=self.source, part=words)
        return name

    def quoted(self, words: str) -> str:
        if "'" in words or "\\" in words:
            raise Refusal("xlsform.expression", source=self.source, part=words)
        return f"'{words}'"

    def function(self, name: str) -> str:
        if not self.at("(") or name not in ("selected", "not", "if"):
            raise Refusal("xlsform.function", source=self.source, name=name)
        self.next()
        words = self.either()
        if name == "not":
            self.take(")")
            return f"not ({words})"
        self.take(",")
        if name == "if":
            chosen = self.either()
            self.take(",")
            other = self.either()
            self.take(")")
            return f"({chosen} if {words} else {other})"
        choice = self.named(words, self.sum())
        self.take(")")
        asked = self.own if words == "value" else words
        return f"{choice} in {words}" if self.types.get(asked) == "select_multiple" else f"{words} == {choice}"

"""Evaluate expressions over a form's answers, like XLSForm's with bare names: `temperature >= 37.3 and who == 'self'`.

A whitelist over Python's own parser says what a form may compute; every part becomes a small function that cannot fail.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException
from itertools import pairwise
from typing import cast

from models.core.errors import Refusal
from models.forms.signs import straight

LONGEST = 500  # characters
DEEPEST = 60  # levels of the syntax tree
LARGEST = Decimal(10) ** 30  # a larger number counts as not computable

Answers = Mapping[str, object]
Part = Callable[[Answers], object]  # returns Decimal, str, bool, tuple or None

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^'\\\n]*'|\"[^\"\\\n]*\")|(?P<sign>[<>=!]=|[<>=+\-*/(),\[\]×÷−≥≤≠（），])"
)
_SIGNS = {"=": "==", "×": "*", "÷": "/", "−": "-", "≥": ">=", "≤": "<=", "≠": "!=", "（": "(", "）": ")", "，": ","}
_CONTEXT = Context(prec=34)
_COMPARE: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: cast(Callable[[object, object], bool], operator.lt),
    ast.LtE: cast(Callable[[object, object], bool], operator.le),
    ast.Gt: cast(Callable[[object, object], bool], operator.gt),
    ast.GtE: cast(Callable[[object, object], bool], operator.ge),
}
_COMPUTE: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _CONTEXT.add,
    ast.Sub: _CONTEXT.subtract,
    ast.Mult: _CONTEXT.multiply,
    ast.Div: _CONTEXT.divide,
}


@dataclass(frozen=True)
class Expression:
    """A parsed expression. Equal when the source is equal. `names` are the questions it reads; `compared` are the pairs
    (name, string) it compares, for checking choices.

    Numbers are computed as decimals, so 0.1 + 0.2 == 0.3, whether answers hold int, float or Decimal. What is
    unanswered (None, absent, empty) makes every comparison false and every sum None, and so do division by zero and
    types that do not go together; nothing raises."""

    source: str
    names: frozenset[str] = field(compare=False)
    compared: frozenset[tuple[str, str]] = field(compare=False, repr=False)
    _run: Part = field(compare=False, repr=False)

    def value(self, answers: Answers) -> object:
        """Return the result in JSON's types: int when whole, else the nearest float; str, bool or None (also for a
        list)."""
        result = self._run(answers)
        if isinstance(result, Decimal):
            return int(result) if result == result.to_integral_value() else float(result)
        return None if isinstance(result, tuple) else result

    def holds(self, answers: Answers) -> bool:
        """Say whether the result is true: True, a number other than 0, words or choices that are not empty."""
        return bool(self._run(answers))


def parse(source: str) -> Expression:
    """Read an expression. Raises `forms.expression_…` when it is empty, too long, unreadable or not allowed. `=`, `×`,
    `÷`, `−`, `≥`, `≤`, `≠` and full-width brackets are read as what they mean."""
    tree = tree_of(source)
    run = _part(tree, source, DEEPEST)
    if isinstance(tree, ast.Tuple | ast.List):
        raise Refusal("forms.expression_not_allowed", source=source, part=ast.unparse(tree))
    names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Expression(source, names, frozenset(_compared(tree)), run)


def tree_of(source: str) -> ast.expr:
    """Return an expression as Python's parser sees it, not yet judged. Raises as `parse`."""
    if len(source) > LONGEST:
        raise Refusal("forms.expression_too_long", source=source[:40] + "…", most=LONGEST)
    clean = " ".join(_tokens(straight(source)))
    if not clean:
        raise Refusal("forms.expression_empty")
    try:
        return ast.parse(clean, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Refusal("forms.expression_unreadable", source=source) from None


def _tokens(source: str) -> Iterator[str]:
    place, before = 0, ""
    while place < len(source):
        found = _TOKEN.match(source, place)
        if found is None:
            raise Refusal("forms.expression_character", source=source, character=source[place])
        kind, word = str(found.lastgroup), found.group()
        # Python joins adjacent strings, so a forgotten comma would go unnoticed
        if kind == before == "string" or (kind == "number" and sum(map(str.isdigit, word)) > 15):
            raise Refusal("forms.expression_unreadable", source=source)
        if kind != "space":
            before = kind
            yield _SIGNS.get(word, word)
        place = found.end()


def _part(node: ast.expr, source: str, depth: int) -> Part:
    """Return the function that computes `node`; anything not named here is refused."""
    if depth == 0:
        raise Refusal("forms.expression_too_deep", source=source)

    def inner(child: ast.expr) -> Part:
        return _part(child, source, depth - 1)

    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return _constant(_known(node.value) if node.value != "" else "")
        case ast.Name(id=name):
            return lambda answers: _known(answers.get(name))
        case ast.Tuple(elts=items) | ast.List(elts=items) if all(isinstance(i, ast.Constant) for i in items):
            return _constant(tuple(inner(item)({}) for item in items))
        case ast.BoolOp(op=op, values=values):
            return _joined([inner(value) for value in values], all if isinstance(op, ast.And) else any)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _negated(inner(operand))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _computed(_CONTEXT.subtract, _constant(Decimal(0)), inner(operand))
        case ast.BinOp(left=left, op=op, right=right) if _computable(op, left, right):
            return _computed(_COMPUTE[type(op)], inner(left), inner(right))
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return _either(inner(test), inner(body), inner(otherwise))
        case ast.Compare(left=left, ops=ops, comparators=others) if all(map(_comparable, ops, others)):
            return _chained([inner(left), *map(inner, others)], [_comparison(op) for op in ops])
    raise Refusal("forms.expression_not_allowed", source=source, part=ast.unparse(node))


def _known(value: object) -> object:
    """Return an answer as expressions see it: Decimal, str (a file's name), bool, tuple; None for what is unanswered or
    not a number."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return number if number.is_finite() and abs(number) < LARGEST else None
    if isinstance(value, list | tuple):
        return tuple(_known(item) for item in value) or None
    if isinstance(value, Mapping):  # a file is its name
        value = value.get("name")
    return value if isinstance(value, str) and value else None


def _constant(value: object) -> Part:
    return lambda _: value


def _joined(parts: list[Part], how: Callable[[Iterator[bool]], bool]) -> Part:
    return lambda answers: how(bool(part(answers)) for part in parts)


def _either(test: Part, body: Part, otherwise: Part) -> Part:
    return lambda answers: body(answers) if test(answers) else otherwise(answers)


def _negated(part: Part) -> Part:
    return lambda answers: not part(answers)


def _computed(compute: Callable[[Decimal, Decimal], Decimal], left: Part, right: Part) -> Part:
    def run(answers: Answers) -> object:
        one, other = left(answers), right(answers)
        if not isinstance(one, Decimal) or not isinstance(other, Decimal):
            return None
        try:
            return _known(compute(one, other))
        except DecimalException:  # division by zero
            return None

    return run


def _chained(parts: list[Part], comparisons: list[Callable[[object, object], bool]]) -> Part:
    def run(answers: Answers) -> object:
        values = [part(answers) for part in parts]
        return all(holds(*pair) for holds, pair in zip(comparisons, pairwise(values), strict=True))

    return run


def _comparable(op: ast.cmpop, right: ast.expr) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        return _is_list(right) or isinstance(right, ast.Name)
    return type(op) in _COMPARE


def _comparison(op: ast.cmpop) -> Callable[[object, object], bool]:
    def holds(one: object, other: object) -> bool:
        if one is None or other is None:
            return False
        if isinstance(op, ast.In | ast.NotIn):
            return isinstance(other, tuple) and (one in other) == isinstance(op, ast.In)
        if isinstance(one, tuple) and isinstance(other, tuple) and isinstance(op, ast.Eq | ast.NotEq):
            return (set(one) == set(other)) == isinstance(op, ast.Eq)  # the order of choices means nothing
        return type(one) is type(other) and not isinstance(one, tuple) and _COMPARE[type(op)](one, other)

    return holds


def _computable(op: ast.operator, *sides: ast.expr) -> bool:
    return type(op) in _COMPUTE and not any(_words(side) or _is_list(side) for side in sides)


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List)


def _words(node: ast.expr) -> list[str]:
    """Return the strings written in a constant or a list of constants."""
    items = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _compared(tree: ast.expr) -> Iterator[tuple[str, str]]:
    """Yield pairs of a name and a string on two sides of one comparison."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for pair in pairwise([node.left, *node.comparators]):
                for one, other in (pair, pair[::-1]):
                    if isinstance(one, ast.Name):
                        yield from ((one.id, word) for word in _words(other))

"""Say what an answer in a quiz is worth (docs/rules.md 31.2): the points of the choices, or what the question's `score`
comes to. Points are whole numbers."""

import ast
from collections.abc import Mapping
from typing import Any

from models.forms.expressions import tree_of
from models.forms.spec import FormSpec, Question

Bounds = tuple[int, int]  # the fewest and the most points


def most(question: Question) -> int:
    """Return the points of the best answer, 0 where a question has none."""
    if question.score is not None:
        found = bounds(question.score.source)
        return found[1] if found else 0
    scores = [choice.score for choice in question.choices]
    return sum(scores) if question.type == "select_multiple" else max(scores, default=0)


def scored(form: FormSpec) -> list[Question]:
    """Return the questions whose answers give points."""
    return [question for question in form.questions if most(question)]


def reachable(form: FormSpec) -> int:
    """Return the points of who answers everything right."""
    return sum(most(question) for question in form.questions)


def of_answer(question: Question, answers: Mapping[str, Any]) -> int:
    """Return the points that an answer gives. Of several choices those without points take all others away
    (多选错选不得分): who ticks everything has not answered."""
    value = answers.get(question.name)
    if value in (None, "", []):
        return 0
    if question.score is not None:
        found = question.score.value({**answers, question.name: value, "value": value})
        return int(found) if isinstance(found, bool | int | float) else 0
    chosen = [it for it in question.choices if (it.name in value if isinstance(value, list) else it.name == value)]
    return sum(it.score for it in chosen) if all(it.score for it in chosen) else 0


def right(question: Question, answers: Mapping[str, Any]) -> bool:
    """Say whether an answer gives all the points that the question has."""
    return of_answer(question, answers) == most(question)


def total(form: FormSpec, answers: Mapping[str, Any]) -> int:
    return sum(of_answer(question, answers) for question in scored(form))


def bounds(source: str) -> Bounds | None:
    """Return the fewest and the most points that an expression can come to, whatever is answered; None if that cannot
    be told: an answer itself, a division, or parts of a point. What cannot be computed gives no points."""
    found = _of(tree_of(source))
    return None if found is None else (min(0, found[0]), found[1])


def _of(node: ast.expr) -> Bounds | None:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return 0, 1
        case ast.Constant(value=int(number)):
            return number, number
        case ast.IfExp(body=body, orelse=otherwise):
            one, other = _of(body), _of(otherwise)
            return (min(one[0], other[0]), max(one[1], other[1])) if one and other else None
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = _number(operand)
            return (-found[1], -found[0]) if found else None
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _number(left), _number(right)
            return _joined(op, one, other) if one and other else None
    return None


def _number(node: ast.expr) -> Bounds | None:
    """Return the bounds of a part that is computed with: a condition is no number there."""
    if isinstance(node, ast.IfExp):
        one, other = _number(node.body), _number(node.orelse)
        return (min(one[0], other[0]), max(one[1], other[1])) if one and other else None
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return None
    return None if isinstance(node, ast.Compare | ast.BoolOp) else _of(node)


def _joined(op: ast.operator, one: Bounds, other: Bounds) -> Bounds | None:
    if isinstance(op, ast.Add):
        return one[0] + other[0], one[1] + other[1]
    if isinstance(op, ast.Sub):
        return one[0] - other[1], one[1] - other[0]
    if isinstance(op, ast.Mult):
        products = [a * b for a in one for b in other]
        return min(products), max(products)
    return None

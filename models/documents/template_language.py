"""Bound what a template may say: our fields, loops over our lists, conditions, and nothing else. What is not allowed is
refused before it runs, whoever wrote it (docs/decisions/0219-documents.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.documents.fields import LISTS, LOOP, OURS, TEXTS

FILTERS = ("default", "d", "length", "count", "upper", "lower", "trim")
TESTS = ("defined",)
PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat,
)  # fmt: skip
Scope = Mapping[str, tuple[str, ...]]  # what each line of a list has, by the name it has in the loop


@dataclass(frozen=True)
class Wrong:
    """What may not stand in a template, on which line: `key` says why. `field` is its name, "" if it has none."""

    line: int
    key: str
    field: str


class Strict(ImmutableSandboxedEnvironment):
    """Compiles nothing that is not allowed: no call, no import, no arithmetic, no attribute but those of our lists."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}

    def compile(self, source: Any, *args: Any, **kwargs: Any) -> Any:
        """Compile a template, ours or one that was checked. Raises SecurityError for one with anything that is not
        allowed."""
        tree = self.parse(source) if isinstance(source, str) else source
        if wrong := next(unknown(tree, {**LISTS, **OURS}), None):
            raise SecurityError(wrong.field)
        return super().compile(source, *args, **kwargs)


def unknown(tree: nodes.Template, lists: Scope = LISTS) -> Iterator[Wrong]:
    """Yield what is neither one of our fields, or of these lists, nor allowed."""
    return _look(tree, {}, lists, nested=False)


def _look(node: nodes.Node, scope: Scope, lists: Scope, *, nested: bool) -> Iterator[Wrong]:
    if isinstance(node, nodes.For):
        yield from _loop(node, scope, lists, nested=nested)
    elif isinstance(node, nodes.Name):
        if node.name not in TEXTS and node.name not in lists and node.name not in scope:
            yield Wrong(node.lineno, "unknown_field", node.name)
    elif isinstance(node, nodes.Getattr):
        yield from _attribute(node, scope)
    elif isinstance(node, nodes.Filter | nodes.Test):
        if node.name not in (*FILTERS, *TESTS):
            yield Wrong(node.lineno, "not_allowed", f"| {node.name}")
        yield from _all(node, scope, lists, nested=nested)
    elif isinstance(node, PLAIN):
        yield from _all(node, scope, lists, nested=nested)
    else:
        yield Wrong(node.lineno, "not_allowed", "")


def _all(node: nodes.Node, scope: Scope, lists: Scope, *, nested: bool) -> Iterator[Wrong]:
    for child in node.iter_child_nodes():
        yield from _look(child, scope, lists, nested=nested)


def _loop(node: nodes.For, scope: Scope, lists: Scope, *, nested: bool) -> Iterator[Wrong]:
    source, target = node.iter, node.target
    if nested:
        yield Wrong(node.lineno, "nested_loop", _said(source))
    elif not isinstance(source, nodes.Name) or source.name not in lists:
        yield Wrong(node.lineno, "no_list", _said(source))
    elif not isinstance(target, nodes.Name) or node.recursive or target.name in (*TEXTS, *lists, "loop"):
        yield Wrong(node.lineno, "not_allowed", _said(target))
    else:
        inner = {**scope, target.name: lists[source.name], "loop": LOOP}
        for child in (*node.body, *([node.test] if node.test else []), *node.else_):
            yield from _look(child, inner, lists, nested=True)


def _attribute(node: nodes.Getattr, scope: Scope) -> Iterator[Wrong]:
    whole = _said(node)
    if not isinstance(node.node, nodes.Name) or node.attr not in scope.get(node.node.name, ()):
        yield Wrong(node.lineno, "unknown_field", whole)


def _said(node: nodes.Node) -> str:
    """Return how a name stands in the template; "" for what is none."""
    if isinstance(node, nodes.Getattr):
        said = _said(node.node)
        return f"{said}.{node.attr}" if said else ""
    return node.name if isinstance(node, nodes.Name) else ""

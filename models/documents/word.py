"""Draw a report as Word: our template or the organisation's own, filled in by docxtpl; of its language nothing but
fields, loops and conditions is left."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Environment, TemplateError

from models.core.errors import Refusal, Refusals
from models.documents.our_template import template
from models.documents.paper import Paper
from models.documents.template_check import PROPERTIES, check
from models.documents.template_language import Strict

MOST_LETTERS = 255  # of a property, in Word


class Template(DocxTemplate):  # type: ignore[misc]
    """A template whose properties, which are plain text, are filled in as such and cut to what Word takes."""

    def render_properties(self, context: dict[str, Any], jinja_env: Environment | None = None) -> None:
        properties, plain = self.docx.core_properties, Strict()
        plain.autoescape = False
        for name in PROPERTIES:
            said = plain.from_string(getattr(properties, name) or "").render(context)
            setattr(properties, name, said[:MOST_LETTERS])


class Number(int):
    """A count that reads as people write it and compares as a number."""

    def __str__(self) -> str:
        return f"{int(self):,}"

    __html__ = __str__


def draw(paper: Paper) -> bytes:
    """Return the Word file. Raises Refusals for a template that is not allowed, or that cannot be filled in."""
    source = paper.template
    if source is not None:
        check(source)
    else:
        source = template(paper.words, paper.locale, paper.about, red=paper.red)
    if paper.blank:
        return source
    made = Template(BytesIO(source))
    try:
        made.render(_numbers(dict(paper.fields)), jinja_env=Strict(), autoescape=True)
    except (TemplateError, SyntaxError):
        raise Refusals([Refusal("documents.not_filled")]) from None
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbers(it) for name, it in value.items()}
    if isinstance(value, list):
        return [_numbers(it) for it in value]
    return Number(value) if type(value) is int else value

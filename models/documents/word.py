"""Draw a report as Word: our template or the organisation's own, filled in by docxtpl; of its language nothing but
fields, loops and conditions is left."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docxtpl import DocxTemplate

from models.documents.our_template import template
from models.documents.paper import Paper
from models.documents.template_check import check
from models.documents.template_language import Strict


class Number(int):
    """A count that reads as people write it and compares as a number."""

    def __str__(self) -> str:
        return f"{int(self):,}"

    __html__ = __str__


def draw(paper: Paper) -> bytes:
    """Return the Word file. Raises Refusals for a template that is not allowed."""
    source = paper.template
    if source is not None:
        check(source)
    else:
        source = template(paper.words, paper.locale, paper.about, red=paper.red)
    if paper.blank:
        return source
    made = DocxTemplate(BytesIO(source))
    made.render(_numbers(dict(paper.fields)), jinja_env=Strict(), autoescape=True)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbers(it) for name, it in value.items()}
    if isinstance(value, list):
        return [_numbers(it) for it in value]
    return Number(value) if type(value) is int else value

"""Documents are drawn in a process of their own: what it draws, its limits, and templates that fail."""

import io
from dataclasses import replace
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from bot.workers import documents
from handlers.core.rendering import Renderer
from handlers.exports import official_words
from models.core.errors import Refusals
from models.documents.fields import LISTS, TEXTS
from models.documents.paper import Paper

RARE = "囍龘𬱖𫖯"


def paper(units: int = 1, **more: Any) -> Paper:
    """Return a day's report of so many units."""
    words = Renderer("zh_CN")
    fields: dict[str, Any] = {name: f"{name}" for name in TEXTS} | {of: [] for of in LISTS} | {"expected": 1110}
    line = dict.fromkeys(LISTS["units"], 1)
    fields["units"] = [line | {"number": n + 1, "name": f"{RARE}{n}站"} for n in range(units)]
    return Paper(fields | more, official_words.labels(words), "zh_CN", "day")


def test_a_unit_of_1110_units_has_them_all_in_word_and_pdf() -> None:
    made = Document(io.BytesIO(documents.drawn(paper(1110), "word")))
    table = made.tables[0]
    assert len(table.rows) == 1112 and table.rows[1110].cells[1].text == f"{RARE}1109站"
    assert table.rows[1111].cells[2].text == "1,110", "counts read as everywhere"
    pages = PdfReader(io.BytesIO(documents.drawn(paper(1110), "pdf"))).pages
    said = "".join(page.extract_text() for page in pages)
    assert said.count("站") == 1110 and f"{RARE}1109站" in said.replace(" ", "")
    assert all("序号" in page.extract_text() for page in pages[:20]), "each page has the table's head"


def test_the_font_of_the_pdf_is_in_it() -> None:
    page = PdfReader(io.BytesIO(documents.drawn(paper(), "pdf"))).pages[0]
    fonts = [it.get_object() for it in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    for font in fonts:
        (below,) = font["/DescendantFonts"]
        assert {"/FontFile2", "/FontFile3"} & set(below.get_object()["/FontDescriptor"])


def test_a_template_that_cannot_be_filled_in_is_refused_and_else_ours_is_used() -> None:
    out = io.BytesIO()
    made = Document()
    made.add_paragraph("{{ unit.__class__ }}")
    made.save(out)
    evil = replace(paper(), template=out.getvalue())
    with pytest.raises(Refusals):
        documents.drawn(evil, "word")
    assert len(Document(io.BytesIO(documents.safely(evil, "word"))).tables[0].rows) == 3
    with pytest.raises(Refusals):
        documents.drawn(replace(paper(), template=b"PK no zip"), "word")


def test_a_process_that_takes_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MEMORY", 60)  # less than the font and what draws it
    with pytest.raises(RuntimeError, match="ended with"):
        documents.drawn(paper(), "pdf")


def test_properties_are_plain_text_and_as_long_as_word_takes_them() -> None:
    made = Document(io.BytesIO(documents.drawn(paper(title="A & B <日报>", organisation="局" * 300), "word")))
    assert made.core_properties.title == "A & B <日报>"
    assert made.core_properties.author == "局" * 255

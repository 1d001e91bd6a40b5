"""Our own Word template is a file that Word opens: its elements stand in the order of the schema."""

import io

import pytest
from docx import Document
from docx.oxml.ns import qn

from handlers.core.rendering import Renderer
from handlers.exports import official_words
from models.documents import our_template, our_template_look, template_check

ORDERS = {
    "w:pPr": (
        "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr",
        "suppressLineNumbers", "pBdr", "shd", "tabs", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr",
    ),
    "w:tcPr": ("tcW", "gridSpan", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection", "vAlign"),
    "w:tblPr": (
        "tblStyle", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc", "tblInd", "tblBorders", "shd",
        "tblLayout", "tblCellMar", "tblLook",
    ),
}  # fmt: skip


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("about", ["day", "range", "both"])
def test_every_element_stands_where_word_wants_it(locale: str, about: str) -> None:
    data = our_template.template(official_words.labels(Renderer(locale)), locale, about, red=True)
    made = Document(io.BytesIO(data))
    for root in (made.element, made.styles.element):
        for name, order in ORDERS.items():
            for element in root.iter(qn(name)):
                found = [child.tag.rpartition("}")[2] for child in element]
                assert set(found) <= set(order), (name, found)
                assert found == sorted(found, key=order.index), (name, found)
    assert template_check.language(template_check.check(data)) == locale
    assert made.element.body[-2].tag == qn("w:p"), "Word wants a paragraph after a table"


@pytest.mark.parametrize(("about", "head"), [("day", "日报"), ("range", "")])
def test_a_red_head_calls_no_week_or_month_a_daily_report(about: str, head: str) -> None:
    data = our_template.template(official_words.labels(Renderer("zh_CN")), "zh_CN", about, red=True)
    assert Document(io.BytesIO(data)).paragraphs[0].text == "{{ organisation }}" + head


def test_its_fonts_are_named_with_what_may_stand_in_for_them() -> None:
    data = our_template.template(official_words.labels(Renderer("zh_CN")), "zh_CN", "day")
    parts = Document(io.BytesIO(data)).part.package.iter_parts()
    table = next(part.blob.decode() for part in parts if str(part.partname).endswith("fontTable.xml"))
    for name, others in our_template_look.FALLBACKS.items():
        assert f'w:name="{name}"' in table and others in table

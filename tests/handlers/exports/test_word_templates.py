"""An organisation's own Word template: what it may hold, what is refused and where, and how it comes and goes."""

import io
from collections.abc import Callable
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import segno
from docx import Document
from docx.document import Document as Opened
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree
from sqlmodel import select

from models.core.ledger import LedgerEntry
from models.documents import template_check
from models.documents.fields import LISTS, TEXTS
from models.documents.templates import DocumentTemplate
from models.files.blobs import data_of
from models.organisation.people import Membership, Role, find_person
from models.organisation.units import unit_at
from tests.handlers.exports.test_documents import sent, text_of, words_of
from tests.support.world import World

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def made(build: Callable[[Opened], object]) -> bytes:
    document = Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def good(document: Opened) -> None:
    """A small template in Chinese: a picture, a loop over rows and one over paragraphs, a condition."""
    picture = io.BytesIO()
    segno.make("日报").save(picture, kind="png")
    document.add_picture(picture)
    document.add_paragraph("值班日报：{{ unit }}，{{ period }}")
    document.add_paragraph("{% if silent %}未报{{ silent }}人{% else %}全部已报{% endif %}")
    table = document.add_table(rows=3, cols=2)
    table.cell(0, 0).text = "{%tr for u in units %}"
    table.cell(1, 0).text, table.cell(1, 1).text = "{{ loop.index }}. {{ u.name }}", "{{ u.received }}/{{ u.expected }}"
    table.cell(2, 0).text = "{%tr endfor %}"
    document.add_paragraph("{%p for it in exceptions %}")
    document.add_paragraph("例外：{{ it.label }} {{ it.text }}")
    document.add_paragraph("{%p endfor %}")
    document.sections[0].footer.paragraphs[0].text = "{{ organisation }}"


def wrong(document: Opened) -> None:
    document.add_paragraph("日报 {{ unit }}")
    document.add_paragraph("{{ unti }} {{ expected }} {{ recieved }}")
    table = document.add_table(rows=2, cols=2)
    table.cell(1, 1).text = "{% for u in units %}{{ u.nmae }}{% endfor %}"
    document.sections[0].header.paragraphs[0].text = "{{ organization }}"


@pytest.mark.sqlite
def test_a_template_is_shown_with_todays_figures_used_and_taken_back(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.sends("周敏", "值班日报.docx", MIME, data=made(good))
    assert "区局及下级单位的中文Word日报改用模板值班日报.docx？" in " ".join(b.text for b in world.chat("周敏")), said
    world.does_errands()
    assert "模板效果" in world.last("周敏").text
    preview = words_of(sent(world, "周敏")[1])
    assert "值班日报：区局，2026年11月23日" in preview and "未报9人" in preview
    assert "1. 本级\n0/2" in preview and "2. 一站\n1/6" in preview
    assert "例外：未报（9人）" in preview
    world.says("王建国", "/export word")
    world.does_errands()
    assert "值班日报" not in words_of(sent(world, "王建国")[1]), "nothing is used before it is confirmed"
    world.taps("周敏", "确认")
    assert "现已使用模板值班日报.docx" in world.last("周敏").text
    world.says("王建国", "/export word")
    world.does_errands()
    data = sent(world, "王建国")[1]
    assert "值班日报：一站" in words_of(data)
    assert Document(io.BytesIO(data)).element.body.findall(f".//{qn('w:drawing')}"), "the picture is kept"
    assert Document(io.BytesIO(data)).sections[0].footer.paragraphs[0].text == "区局"
    assert "值班日报.docx" in world.says("周敏", "/export template")
    world.taps("周敏", "撤销上次更改")
    world.taps("周敏", "确认")
    assert "标准样式" in world.last("周敏").text
    world.says("王建国", "/export word")
    world.does_errands()
    assert "值班日报" not in words_of(sent(world, "王建国")[1])


@pytest.mark.sqlite
def test_an_admin_of_several_parts_changes_the_reports_of_each_and_of_no_other(world: World) -> None:
    with world.database.writing() as session:
        person = find_person(session, "1003")
        for path in ("区局/一站", "区局/二站"):
            place = unit_at(session, path)
            held = session.exec(
                select(Membership).where(Membership.person_id == person.id, Membership.unit_id == place.id)
            )
            it = held.first() or Membership(person_id=person.id, unit_id=place.id)
            it.role = Role.ADMIN
            session.add(it)
    world.sends("王建国", "值班日报.docx", MIME, data=made(good))
    asked = " ".join(bubble.text for bubble in world.chat("王建国"))
    assert "一站、二站及下级单位的中文Word日报改用模板值班日报.docx" in asked
    world.taps("王建国", "确认")
    assert "一站、二站的Word日报现已使用模板值班日报.docx" in world.last("王建国").text
    for who, path, used in (("赵强", "区局/二站", True), ("周敏", "区局", False)):
        world.says(who, f"/export word {path}")
        world.does_errands()
        assert ("值班日报" in words_of(sent(world, who)[1])) is used


@pytest.mark.sqlite
def test_all_that_is_wrong_is_said_in_one_pass_with_its_place(world: World) -> None:
    world.sends("周敏", "x.docx", MIME, data=made(wrong))
    said = world.last("周敏").text
    for line in (
        "第2段：没有字段“unti”。", "第2段：没有字段“recieved”。", "第1个表格第2行第2格：没有字段“u.nmae”。",
        "页眉，第1段：没有字段“organization”。",
    ):  # fmt: skip
        assert line in said, (line, said)
    assert "expected" not in said


@pytest.mark.sqlite
def test_in_english_as_well(world: World) -> None:
    world.says("周敏", "/language en")
    world.sends("周敏", "x.docx", MIME, data=made(wrong))
    said = world.last("周敏").text
    assert "table 1, row 2, cell 2: there is no field “u.nmae”." in said
    assert "Header, paragraph 1: there is no field “organization”." in said


@pytest.mark.sqlite
def test_whoever_administers_nothing_changes_no_template(world: World) -> None:
    world.sends("王建国", "值班日报.docx", MIME, data=made(good))
    assert "改用模板" not in " ".join(bubble.text for bubble in world.chat("王建国"))
    assert "模板" not in world.says("王建国", "/export template")


@pytest.mark.sqlite
def test_our_own_template_is_given_away_and_is_accepted_again(world: World) -> None:
    world.says("周敏", "/export template")
    world.taps("周敏", "红头模板")
    world.does_errands()
    name, data = sent(world, "周敏")
    assert name == "日报模板（红头）.docx"
    template_check.check(data)
    world.sends("周敏", name, MIME, data=data)
    assert "改用模板" in " ".join(bubble.text for bubble in world.chat("周敏"))


@pytest.mark.sqlite
def test_a_red_head_is_one_tap_and_names_the_organisation(world: World) -> None:
    world.says("周敏", "/export template")
    world.taps("周敏", "改用红头")
    world.taps("周敏", "确认")
    world.says("王建国", "/export word")
    world.does_errands()
    first = Document(io.BytesIO(sent(world, "王建国")[1])).paragraphs[0]
    assert first.text == "区局日报" and str(first.runs[0].font.color.rgb) == "C00000"


EVIL = {
    "an attribute of Python": "{{ ''.__class__.__mro__ }}",
    "an attribute of a value": "{{ unit.__class__ }}",
    "an item": "{{ units[0] }}",
    "a call": "{{ unit.upper() }}",
    "a function of Jinja": "{% for i in range(999999999) %}x{% endfor %}",
    "a function's globals": "{{ lipsum.__globals__ }}",
    "the loop's own": "{% for u in units %}{{ loop.cycle.__globals__ }}{% endfor %}",
    "a filter that grows": "{{ unit | center(999999999) }}",
    "a filter that reads attributes": "{{ unit | attr('__class__') }}",
    "a filter over a list": "{{ units | map(attribute='__class__') | list }}",
    "arithmetic": "{{ 'x' * 999999999 }}",
    "a power": "{{ 9 ** 999999 }}",
    "a loop in a loop": "{% for a in units %}{% for b in units %}x{% endfor %}{% endfor %}",
    "a recursive loop": "{% for a in units recursive %}{{ loop(units) }}{% endfor %}",
    "an include": "{% include '/etc/passwd' %}",
    "an import": "{% import 'x' as y %}",
    "a macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a variable": "{% set units = 1 %}",
    "a block": "{% block x %}{% endblock %}",
    "something raw": "{% raw %}{{ x }}{% endraw %}{{ x }}",
    "a field of a list outside its loop": "{% for u in units %}{% endfor %}{{ u.name }}",
    "an open loop": "{% for u in units %}",
    "an open field": "{{ unit",
}  # fmt: skip


@pytest.mark.parametrize(("source", "quoted"), [
    ("{{ title }}：{{ unit.upper() }}", "{{ unit.upper() }}"), ("{{ units[0] }}", "{{ units[0] }}"),
    ("{% for i in range(9) %}x{% endfor %}", "{% for i in range(9) %} {% endfor %}"),
    ("{{ ''.__class__ }}", "{{ ''.__class__ }}"), ("{{ unit | center(9) }}", "| center"),
    ("{% set a = 1 %}", "{% set a = 1 %}"),
])  # fmt: skip
def test_what_is_refused_is_quoted_as_it_stands_in_the_template(source: str, quoted: str) -> None:
    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(made(lambda it: it.add_paragraph(source)))
    assert refused.value.refusals[0].values["field"] == quoted


@pytest.mark.parametrize("source", EVIL.values(), ids=EVIL)
def test_what_is_not_allowed_is_refused_before_it_runs(source: str) -> None:
    with pytest.raises(template_check.Refusals):
        template_check.check(made(lambda it: it.add_paragraph(source)))


def _external(document: Opened) -> None:
    document.part.relate_to("https://example.org/x.png", f"{OFFICE}/image", is_external=True)


def _chunk(document: Opened) -> None:
    part = Part(PackURI("/word/innocent.html"), "text/html", b"<script>alert(1)</script>", document.part.package)
    document.part.relate_to(part, f"{OFFICE}/aFChunk")


def _field(document: Opened) -> None:
    run = document.add_paragraph().add_run()
    said = OxmlElement("w:instrText")
    said.text = r' DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc" '
    run._r.append(said)


def _template_elsewhere(document: Opened) -> None:
    document.part._settings_part.relate_to("https://example.org/x.dotm", f"{OFFICE}/attachedTemplate", is_external=True)


def field_code(*pieces: str) -> Callable[[Opened], None]:
    """Write a field code in so many pieces; "{" and "}" begin and end a field."""

    def build(document: Opened) -> None:
        paragraph = document.add_paragraph()
        for piece in pieces:
            run, kind = paragraph.add_run(), {"{": "begin", "}": "end"}.get(piece)
            said = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                said.set(qn("w:fldCharType"), kind)
            else:
                said.text = piece
            run._r.append(said)

    return build


def _notes_in_utf_16(document: Opened) -> None:
    notes = OxmlElement("w:footnotes")
    field_code("{", "DDEAUTO c:", "}")(holder := Document())
    notes.append(holder.paragraphs[-1]._p)
    data = etree.tostring(notes, encoding="utf-16", xml_declaration=True)
    part = Part(PackURI("/word/footnotes.xml"), CT.WML_FOOTNOTES, data, document.part.package)
    document.part.relate_to(part, f"{OFFICE}/footnotes")


def _in_a_comment(document: Opened) -> None:
    run = document.add_paragraph("x").runs[0]
    said = OxmlElement("w:instrText")
    said.text = "DDE x y"
    document.add_comment(run, "x").paragraphs[0].add_run()._r.append(said)


@pytest.mark.parametrize("build", [
    _external, _chunk, _field, _template_elsewhere, _in_a_comment, _notes_in_utf_16,
    field_code("{", "PAGE", "}", "{", "DD", "EAUTO c:", "}"), field_code("{", "{", "QUOTE", "}", "DE c:", "}"),
    field_code("{", "", "{", "PAGE", "}", "}"), field_code("{", "INCLUDETEXT x"), field_code("MACROBUTTON x"),
])  # fmt: skip
def test_what_would_load_or_run_something_at_the_reader_is_refused(build: Callable[[Opened], None]) -> None:
    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(made(build))
    assert refused.value.refusals[0].key in ("documents.outside", "documents.objects")


def test_a_file_with_a_part_that_no_program_reads_is_no_word_file() -> None:
    def broken(document: Opened) -> None:
        part = Part(PackURI("/word/footnotes.xml"), CT.WML_FOOTNOTES, b"<w:footnotes>", document.part.package)
        document.part.relate_to(part, f"{OFFICE}/footnotes")

    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(made(broken))
    assert [it.key for it in refused.value.refusals] == ["documents.not_word"]


def test_page_numbers_dates_and_links_may_stay() -> None:
    for said in (" PAGE ", "NUMPAGES", r"DATE \\@ yyyy", ' HYPERLINK "https://example.org" ', "= SUM(ABOVE)"):
        template_check.check(made(field_code("{", said, "}")))


def _described(document: Opened) -> None:
    good(document)
    next(iter(document.element.body.iter(qn("wp:docPr")))).set("descr", "{{ unit }}")


def _deleted(document: Opened) -> None:
    said = OxmlElement("w:delText")
    said.text = "{{ unit }}"
    document.add_paragraph().add_run()._r.append(said)


@pytest.mark.parametrize("build", [_described, _deleted, field_code("{", "HYPERLINK {{ unit }}", "}")])
def test_a_field_where_no_text_stands_is_refused_so_that_no_name_becomes_a_field_code(
    build: Callable[[Opened], None],
) -> None:
    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(made(build))
    assert [it.key for it in refused.value.refusals] == ["documents.out_of_place"]


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 broken", made(good)[:2000]])
def test_what_is_no_word_file_is_refused(data: bytes) -> None:
    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(data)
    assert [it.key for it in refused.value.refusals] == ["documents.not_word"]


def zipped(**parts: bytes) -> bytes:
    """Return a good template with some of its parts exchanged, or with more of them."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(made(good))) as source, ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for it in source.infolist():
            archive.writestr(it, parts.pop(it.filename, None) or source.read(it))
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


ENTITIES = b'<!DOCTYPE w:document [<!ENTITY a "aaaaaaaaaa">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9)
)
BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>%s'
    b"</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(("data", "key"), [
    (lambda: zipped(**{"word/x.bin": bytes(41 * template_check.MEGABYTE)}), "too_large"),
    (lambda: zipped(**{f"word/{n}.bin": b"x" for n in range(500)}), "too_large"),
    (lambda: made(good) + bytes(6 * template_check.MEGABYTE), "too_large"),
    (lambda: zipped(**{"word/vbaProject.bin": b"x"}), "objects"),
    (lambda: zipped(**{"word/embeddings/oleObject1.bin": b"x"}), "objects"),
    (lambda: zipped(**{"word/document.xml": b"<w:p>" * 1000}), "not_word"),
    (lambda: zipped(**{"word/document.xml": BODY % (b"<w:p>" * 5000 + b"</w:p>" * 5000)}), "not_word"),
    (lambda: zipped(**{"[Content_Types].xml": b"<x/>"}), "not_word"),
    (lambda: made(lambda it: [it.add_paragraph("x") for _ in range(5001)]), "too_long"),
])  # fmt: skip
def test_a_file_that_is_packed_to_hurt_is_refused(data: Callable[[], bytes], key: str) -> None:
    with pytest.raises(template_check.Refusals) as refused:
        template_check.check(data())
    assert [it.key for it in refused.value.refusals] == [f"documents.{key}"]


def test_entities_of_a_template_unfold_into_nothing() -> None:
    document = zipped(**{"word/document.xml": ENTITIES + BODY % b"&a8; {{ unit }}"})
    try:
        opened = template_check.check(document)
    except template_check.Refusals:
        return
    assert len(opened.element.xml) < 10_000


@pytest.mark.parametrize("place", ["header", "first_page_header", "even_page_footer"])
def test_what_stands_in_any_header_or_footer_is_checked(place: str) -> None:
    def build(document: Opened) -> None:
        getattr(document.sections[0], place).paragraphs[0].text = "{{ ''.__class__ }}"

    with pytest.raises(template_check.Refusals):
        template_check.check(made(build))


def test_every_field_that_is_documented_may_be_used_and_no_other() -> None:
    texts = " ".join(f"{{{{ {name} }}}}" for name in TEXTS)
    loops = " ".join(
        f"{{% for it in {of} %}}" + "".join(f"{{{{ it.{name} }}}}" for name in names) + "{% endfor %}"
        for of, names in LISTS.items()
    )
    template_check.check(made(lambda it: it.add_paragraph(texts + loops)))


@pytest.mark.sqlite
def test_what_people_typed_is_text_in_word_and_pdf(world: World) -> None:
    with world.database.writing() as session:
        find_person(session, "1004").name = "{{ unit }} <b>#龘*囍_𬱖𫖯</b> $x$ = & @a"
    world.says("王建国", "/export word")
    world.does_errands()
    assert "{{ unit }} <b>#龘*囍_𬱖𫖯</b> $x$ = & @a" in words_of(sent(world, "王建国")[1])
    world.says("王建国", "/export pdf")
    world.does_errands()
    close = text_of(sent(world, "王建国")[1]).replace(" ", "").replace("\n", "")
    assert "{{unit}}<b>#龘*囍_𬱖𫖯</b>$x$=&@a" in close, close


@pytest.mark.sqlite
def test_a_template_that_passes_and_cannot_be_filled_in_is_told_why_where_it_is_tried(world: World) -> None:
    def torn(document: Opened) -> None:
        for piece in ("{", "{ unti }", "}"):
            document.add_paragraph(piece)

    world.sends("周敏", "x.docx", MIME, data=made(torn))
    world.does_errands()
    assert "无法填写该模板" in " ".join(it.text for it in world.chat("周敏")), world.chat("周敏")


@pytest.mark.sqlite
def test_a_template_in_the_ledger_says_who_and_when(world: World) -> None:
    world.sends("周敏", "值班日报.docx", MIME, data=made(good))
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        kept = session.exec(select(DocumentTemplate)).one()
        entry = session.exec(select(LedgerEntry).where(LedgerEntry.kind == "document_template")).one()
        assert template_check.language(template_check.check(data_of(session, kept.digest))) == "zh_CN"
        assert entry.content and entry.content["name"] == "值班日报.docx" and entry.content["by"] == kept.by
    assert "日报模板 · 区局" in world.says("周敏", "/audit")

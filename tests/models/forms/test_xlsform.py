"""Forms made in Excel: what an XLSForm says becomes the YAML that every form is, and what it cannot say is named."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.rendering import Renderer
from models.changes import file_readings
from models.core.errors import Refusal, Refusals
from models.forms import xlsform
from models.forms.spec import FormSpec
from models.forms.xpath import Names, translate
from models.forms.yaml_reader import parse_form
from tests.support.workbooks import damaged, workbook

Rows = Sequence[Sequence[Any]]
SETTINGS: Rows = [["form_title", "form_id", "statement"], ["健康", "health", "无情况。"]]
CHOICES: Rows = [
    ["list_name", "name", "label::English (en)", "label::中文 (zh)"],
    ["yn", "yes", "Yes", "有"],
    ["yn", "no", "No", "没有"],
    ["signs", "fever", "Fever", "发热"],
    ["signs", "cough", "Cough", "咳嗽"],
]
SURVEY: Rows = [
    ["type", "name", "label::English (en)", "label::中文 (zh)", "hint", "required", "relevant", "constraint",
     "constraint_message::中文 (zh)", "default", "appearance"],
    ["start", "start"],
    ["select_one yn", "contact", "Contact?", "有接触吗？", None, "yes"],
    ["select_multiple signs", "signs", "Signs", "症状", None, "true()", "${contact} = 'yes'", None, None,
     None, "minimal"],
    ["decimal", "temperature", "Temperature", "体温", "只发数字", None, "selected(${signs}, 'fever')",
     ". >= 34 and . <= 43", "体温应在34到43之间。"],
    ["date", "since", "Since", "哪天开始", None, None, "not(selected(${contact}, 'no'))", None, None, "today()"],
    ["note", "thanks", "Thank you", "谢谢"],
]  # fmt: skip


def form(survey: Rows = SURVEY, choices: Rows = CHOICES, settings: Rows = SETTINGS, **more: Rows) -> bytes:
    return workbook(survey=survey, choices=choices, settings=settings, **more)


def spec(data: bytes) -> FormSpec:
    return parse_form(xlsform.source(data).text)


def wrong(data: bytes) -> list[tuple[str | None, int | None, str]]:
    with pytest.raises(Refusals) as refused:
        xlsform.source(data)
    return [(it.sheet, it.line, Renderer("en").refusal(it)) for it in refused.value.refusals]


def asks(*rows: Sequence[Any], heading: Sequence[str] = ("type", "name", "label", "relevant")) -> bytes:
    return form([heading, *rows])


def test_a_column_says_from_which_reports_a_unit_is_prefilled() -> None:
    survey: Rows = [["type", "name", "label", "预填"], ["integer", "cases", "病例", "合计（health.cases）"]]
    settings: Rows = [["form_title", "form_id", "statement", "about"], ["单位", "station", "无。", "units"]]
    source = spec(form(survey, settings=settings)).questions[0].source
    assert source and (source.how, source.form, source.question) == ("sum", "health", "cases")


def test_an_xlsform_asks_what_it_says() -> None:
    made = spec(form())
    assert (made.code, made.about, made.title, made.statement) == ("health", "persons", {"": "健康"}, {"": "无情况。"})
    assert [(q.name, q.type, q.required) for q in made.questions] == [
        ("contact", "select_one", True),
        ("signs", "select_multiple", True),
        ("temperature", "decimal", False),
        ("since", "date", False),
        ("thanks", "note", False),
    ]
    contact, signs, temperature, since, _ = made.questions
    assert contact.label == {"en": "Contact?", "zh": "有接触吗？"}
    assert [(c.name, c.label["zh"]) for c in signs.choices] == [("fever", "发热"), ("cough", "咳嗽")]
    assert temperature.hint == {"": "只发数字"}
    assert temperature.constraint_message == {"zh": "体温应在34到43之间。"}
    assert temperature.relevant and temperature.relevant.holds({"signs": ["fever", "cough"]})
    assert not temperature.relevant.holds({"signs": ["cough"]})
    assert temperature.constraint and not temperature.constraint.holds({"value": 50})
    assert since.default == "today"


def test_photos_sound_files_and_places_are_asked_for() -> None:
    rows = ["image", "photo", "audio", "file", "geopoint", "gps"]
    made = spec(asks(*([kind, f"q{n}", "Q"] for n, kind in enumerate(rows))))
    assert [q.type for q in made.questions] == ["image", "image", "audio", "file", "geopoint", "geopoint"]


def test_what_was_left_out_is_named() -> None:
    notes = xlsform.source(form(笔记=[["x"]], settings=[[*SETTINGS[0], "version"], [*SETTINGS[1], 3]])).notes
    assert [Renderer("en").refusal(note) for note in notes] == [
        "Sheets skipped: 笔记.",
        "Columns of the sheet survey not used: appearance.",
        "Columns of the sheet settings not used: version.",
        "Skipped, because every report records its time and author anyway: start.",
    ]


def test_indicators_and_the_rest_of_ours_stand_in_a_sheet_and_settings_of_their_own() -> None:
    made = spec(
        form(
            [["type", "name", "label"], ["integer", "n", "数"]],
            settings=[["form_title", "form_id", "statement", "statement::English (en)", "about", "default_language"],
                      ["数", "n", "无", "None", "units", "中文 (zh)"]],
            indicators=[["name", "label", "value", "total"], ["n", "合计", "n", "yes"]],
        )
    )  # fmt: skip
    assert made.statement == {"zh": "无", "en": "None"}
    assert made.about == "units"
    assert [(i.name, i.total) for i in made.indicators] == [("n", True)]


TYPES = {"a": "select_one", "m": "select_multiple", "n": "integer", "t": "text"}


@pytest.mark.parametrize(
    ("source", "ours"),
    [
        ("${n} > 5", "n > 5"),
        ("${ n }>=5 and ${a}='x'", "n >= 5 and a == 'x'"),
        ("${n} div 2 * 3 + -1 < 4", "n / 2 * 3 + -1 < 4"),
        ("selected(${m}, 'x') or selected(${a}, \"y\")", "'x' in m or a == 'y'"),
        ("not(${n} = 1 or ${n} = 2)", "not (n == 1 or n == 2)"),
        ("${a} != 'x'", "not (a == 'x')"),  # true where it is unanswered, as in XPath
        ("${t} != ''", "t != ''"),
        ("${t} = ''", "not (t != '')"),
        ("${m} = 'x y'", "m == ['x', 'y']"),
        (". > 0 and . < ${n}", "value > 0 and value < n"),
        ("(${n} + 1) * 2 = 4", "(n + 1) * 2 == 4"),
        (".5 < .", ".5 < value"),
        ("", ""),
    ],
)
def test_expressions_say_the_same_in_our_words(source: str, ours: str) -> None:
    assert translate(source, Names(TYPES), "n") == ours


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("${n} mod 2 = 0", "mod"),
        ("count-selected(${m}) > 1", "count-selected"),
        ("if(${n} > 1, 2) = 2", "at “)”"),
        ("regex(., '[a-z]')", "regex"),
        ("today() > ${t}", "today"),
        ("n > 5", "“n”"),
        ("${n} >", "at “"),
        ("1 < ${n} < 5", "at “<”"),
        ("${n} > 5)", "at “)”"),
        ("selected(${m})", "at “)”"),
        ("../x = 1", "at “"),
        ("(" * 300, "at “("),
        ("'", "at “'”"),
    ],
)
def test_what_an_expression_cannot_say_is_named(source: str, part: str) -> None:
    with pytest.raises(Refusal) as refused:
        translate(source, Names(TYPES), "n")
    assert part in Renderer("en").refusal(refused.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["begin group", "g", "G"], "The type “begin group” is not supported"),
        (["calculate", "c", "C"], "The type “calculate” is not supported"),
        (["range", "c", "C"], "The type “range” is not supported"),
        (["select_one_from_file a.csv", "c", "C"], "is not supported"),
        (["select_one yn or_other", "c", "C"], "no list “yn or_other”"),
        (["select_one nn", "c", "C"], "no list “nn” of choices. Lists in the sheet choices: yn, signs"),
        (["text", "c", "You said ${a}"], "quotes an answer"),
        (["text", "C-1", "C"], "can’t be a name"),
        (["text", "c", None], "“label” is missing"),
        (["text", "c", "C", "${b} = 1"], "no such question"),
        (["text", "c", "C", "pulldata('a')"], "“pulldata” in the expression"),
    ],
)
def test_what_is_not_supported_is_named_with_its_sheet_and_row(row: list[Any], words: str) -> None:
    found = wrong(asks(["text", "a", "A"], row))
    assert [it[:2] for it in found] == [("survey", 3)]
    assert words in found[0][2]


def test_all_that_is_wrong_is_named_at_once() -> None:
    found = wrong(
        form(
            [["type", "name", "label", "choice_filter", "lable::French"], ["texx", "a", "A"], ["text", "b", "B", "x=1"],
             ["select_one yn", "c", "C"]],
            [["list_name", "name", "label"], ["yn", "yes", None]],
            [["form_id"], ["x"]],
        )
    )  # fmt: skip
    assert [it[:2] for it in found] == [
        ("survey", 2), ("survey", 3), ("choices", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (workbook(People=[["staff_no"]]), "No sheet has questions"),
        (form([["type", "name", "lable"], ["text", "a", "A"]]), "Did you mean label?"),
        (form([["kind", "name", "label"], ["text", "a", "A"]]), "no column “type”"),
        (form([["type", "name", "label::Klingon"], ["text", "a", "A"]]), "language of the column “label::Klingon”"),
        (form([["type", "name", "label::Deutsch (de)"], ["text", "a", "A"]]), "neither zh nor en"),
        (form([["type", "name", "label", "required"], ["text", "a", "A", "sometimes"]]), "not “sometimes”"),
        (form([["type", "name", "label"], ["text", "a", "=1+1"]]), "C2 is a formula"),
        (b"PK\x03\x04nothing", "damaged"),
    ],
)
def test_what_is_no_form_is_refused(data: bytes, words: str) -> None:
    assert words in wrong(data)[0][2]


def test_yaml_goes_the_same_way() -> None:
    made = xlsform.source(form())
    assert file_readings.read("form.yaml", made.text.encode()).form == made.text
    assert file_readings.read("form.yaml", b"code: [").wrong


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40), st.text(max_size=12), st.sampled_from(["text", "select_one yn", "integer"]))
def test_whatever_stands_in_the_cells_is_a_form_or_a_refusal_with_its_row(words: str, name: str, kind: str) -> None:
    cell = "".join(c for c in words if c.isprintable() or c == "\n")
    try:
        made = spec(
            asks([kind, name if name.isprintable() else "n", cell, "${n} = '" + cell + "'"], ["text", "last", cell])
        )
    except Refusals as refused:
        assert all(it.sheet and it.line for it in refused.refusals)
    else:
        assert made.questions[-1].label == {"": cell.strip()}


SAMPLE = form()


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_bytes_whatsoever_make_it_fail_otherwise_than_by_refusals(data: st.DataObject) -> None:
    broken = damaged(data, SAMPLE, [b"", b"<", b"-", b"9999999", b"\xff"])
    noise = data.draw(st.binary(max_size=100))
    for it in (broken, SAMPLE[: len(noise) * 50] + noise, noise, b"PK\x03\x04" + noise):
        try:
            xlsform.source(it)
        except Refusals:
            pass

"""Forms as clerks make them are taken right, or refused with everything that is wrong, or asked about: nothing is lost
without a word."""

import pytest

from handlers.core.rendering import Renderer
from models.changes import file_readings
from models.changes.file_readings import Reading
from models.forms.yaml_reader import parse_form
from tests.models.forms.corpus import CASES, Case


def said(reading: Reading, language: str = "en") -> tuple[list[str], list[str]]:
    words = Renderer(language)
    wrong = [f"{it.sheet or ''}:{it.line or ''}:{it.column or ''}:{words.refusal(it)}" for it in reading.wrong]
    return [words.refusal(it) for it in reading.notes], wrong


def questions(form: str) -> list[tuple[str, ...]]:
    return [
        (it.name, it.type + "*" * it.required, *(choice.name for choice in it.choices))
        for it in parse_form(form).questions
    ]


@pytest.mark.parametrize("case", CASES, ids=[f"{at} {case.name}" for at, case in enumerate(CASES)])
def test_a_clerks_form_gives_what_it_must(case: Case) -> None:
    read = file_readings.read(case.name, case.data)
    assert (read.question.kind if read.question else "") == case.asked, said(read)
    if case.asked:
        lines = b"".join(file_readings.written(read)).split(b"\n")
        tables = file_readings.restored(lines).tables
        assert tables, "what was read is kept until the answer"
        read = file_readings.of_tables(tables, case.then)
    notes, wrong = said(read)
    assert (questions(read.form) if read.form else []) == list(case.questions), (notes, wrong)
    assert len(wrong) == len(case.wrong), wrong
    for words in case.wrong:
        assert any(words in it for it in wrong), wrong
    for words in case.notes:
        assert any(words in it for it in notes), notes


@pytest.mark.parametrize("case", [case for case in CASES if case.wrong or case.notes], ids=lambda case: case.name)
def test_what_is_said_of_a_form_is_said_in_chinese_too(case: Case) -> None:
    notes, wrong = said(file_readings.read(case.name, case.data), "zh_CN")
    assert not any(it.isascii() for it in [*notes, *wrong])


def test_conditions_in_a_clerks_words_mean_what_they_say() -> None:
    case = next(it for it in CASES if it.name == "每日健康.xlsx")
    form = parse_form(file_readings.read(case.name, case.data).form or "")
    temperature, days, photo = (form.question(it) for it in ("temperature", "days", "photo"))
    assert temperature and temperature.relevant and temperature.constraint and days and days.relevant
    assert temperature.relevant.holds({"signs": ["fare"]}) and not temperature.relevant.holds({"signs": ["kesou"]})
    assert temperature.constraint.holds({"value": 36.5}) and not temperature.constraint.holds({"value": 50})
    assert days.relevant.holds({"temperature": 36, "who": "tongzhujiaren"})
    assert not days.relevant.holds({"temperature": 36, "who": "benren"})
    assert photo and photo.relevant and photo.relevant.holds({"seen": "yes"})
    assert form.question("since") and form.question("since").default == "today"  # type: ignore[union-attr]


def test_conditions_without_quotes_and_signs_mean_what_they_say() -> None:
    case = next(it for it in CASES if it.name == "bare words.xlsx")
    form = parse_form(file_readings.read(case.name, case.data).form or "")
    temperature, why, days = (form.question(it) for it in ("tiwen", "why", "days"))
    assert temperature and temperature.relevant and temperature.constraint
    assert temperature.relevant.holds({"youjiechu": "yes"}) and not temperature.relevant.holds({"youjiechu": "no"})
    assert [temperature.constraint.holds({"value": it}) for it in (33, 34, 43, 44)] == [False, True, True, False]
    assert why and why.relevant and why.relevant.holds({"tiwen": 38, "youjiechu": "yes"})
    assert not why.relevant.holds({"tiwen": 38, "youjiechu": "no"})
    assert (
        days and days.constraint and days.constraint.holds({"value": 14}) and not days.constraint.holds({"value": 15})
    )


def test_the_two_languages_of_a_label_stay_apart() -> None:
    for case in CASES:
        if case.name.startswith("languages"):
            form = parse_form(file_readings.read(case.name, case.data).form or "")
            assert form.questions[0].label == {"zh": "体温", "en": "Temperature"}, case.name

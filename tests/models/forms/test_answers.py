"""Answers as people type them: what is read, what is refused, and which questions apply."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.core import typed_text as reading
from models.core.errors import Refusal
from models.forms.answers import check, clean, default, read_answer, relevant
from models.forms.spec import FormSpec, Question
from models.forms.yaml_reader import parse_form
from tests.models.forms.sources import DELIVERY, HEAD, HEALTH

TODAY = date(2026, 2, 13)


def answer(name: str, typed: str, spec: FormSpec = HEALTH) -> object:
    question = spec.question(name)
    assert question
    return read_answer(question, typed, TODAY)


def refusal(name: str, typed: str, spec: FormSpec = HEALTH) -> Refusal:
    with pytest.raises(Refusal) as refused:
        answer(name, typed, spec)
    return refused.value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("36.5", 36.5),
        ("３６．５", 36.5),
        ("36。5", 36.5),
        ("36,5", 36.5),
        ("36.5℃", 36.5),
        ("36.5 °C。", 36.5),
        ("36度5", 36.5),
        ("37度", 37),
        (" 36.50 ", 36.5),
        ("1,200", 1200),
        ("1，200.5 公里", 1200.5),
        ("12km", 12),
        ("5千米", 5),
        ("−3", -3),
        ("-0", 0),
        ("007", 7),
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str, value: float) -> None:
    assert answer("temperature", typed) == value


@pytest.mark.parametrize(
    "typed",
    [
        *[
            "三十七",
            "3万",
            "3k",
            "3m",
            "3w",
            "10²",
            "½",
            "3½",
            "5箱半",
            "36.5-37",
            "36 37",
            "1\n200",
            "约36",
            "36左右",
            "3O",
        ],
        *["0,125", "1.2.3", "1e999", "1e5", "nan", "inf", "0x10", "９" * 16, "1" * 100, "一", "-", "+", "℃"],
        *["98%", "5多", "3分之1", "", " "],
    ],
)
def test_what_is_not_certain_is_never_read_as_a_number(typed: str) -> None:
    assert refusal("temperature", typed).key in ("forms.not_a_number", "forms.nothing_typed")


def test_an_unread_number_is_answered_with_what_was_typed_and_an_example_that_fits() -> None:
    assert refusal("temperature", "三十七").values == {"typed": "三十七", "example": "36.5"}
    assert refusal("ordered", "很多", DELIVERY).values == {"typed": "很多", "example": "12"}


def test_whole_numbers_are_whole() -> None:
    assert answer("ordered", "1,200箱", DELIVERY) == 1200
    assert isinstance(answer("ordered", "36.0", DELIVERY), int)
    assert refusal("ordered", "36.5", DELIVERY).key == "forms.not_whole"


@given(st.decimals(-(10**9), 10**9, places=3))
def test_a_decimal_comes_back_as_it_was_typed(number: object) -> None:
    stored = json.loads(json.dumps(answer("kilometres", f"{number} 公里", DELIVERY)))
    assert reading.number(repr(stored)) == number or "e" in repr(stored)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("今天", "2026-02-13"),
        ("昨天", "2026-02-12"),
        ("Today", "2026-02-13"),
        ("2月13日", "2026-02-13"),
        ("２月１３号", "2026-02-13"),
        ("2-3", "2026-02-03"),
        ("12/31", "2025-12-31"),
        ("2026-02-13", "2026-02-13"),
        ("2026年2月3日", "2026-02-03"),
        ("20260213", "2026-02-13"),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, value: str) -> None:
    assert answer("since", typed) == value


@pytest.mark.parametrize("typed", ["2月30日", "13-2", "31", "soon", "0000-01-01", "9999-99-99", "2-29", "36.5"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    assert refusal("since", typed).key == "forms.not_a_date"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *[("7:30", (7, 30)), ("７：３０", (7, 30)), ("7点半", (7, 30)), ("0730", (7, 30)), ("7点05分", (7, 5))],
        *[("下午3点", (15, 0)), ("晚上8点一刻", (20, 15)), ("3:15 pm", (15, 15)), ("12am", (0, 0)), ("7点", (7, 0))],
        *[("7", None), ("25:00", None), ("7:60", None), ("晚上12点", None), ("soon", None), ("15:00am", None)],
    ],
)
def test_a_time_is_read_as_people_type_it(typed: str, value: tuple[int, int] | None) -> None:
    assert reading.clock(typed) == value


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("31.2304, 121.4737", "31.2304 121.4737 0 0"),
        ("３１.２３０４，１２１.４７３７", "31.2304 121.4737 0 0"),
        ("31.2304、121.4737", "31.2304 121.4737 0 0"),
        ("-33.8688°, 151.2093°", "-33.8688 151.2093 0 0"),
        ("31.2304 121.4737 4 12.5", "31.2304 121.4737 4 12.5"),
        ("0, -0.0", "0 0 0 0"),
        ("121.4737, 31.2304", None),
        ("31.2304", None),
        ("31,2304 121,4737", None),
        ("东门", None),
        ("1.2.3, 4", None),
    ],
)
def test_a_place_is_kept_as_xlsform_writes_it(typed: str, kept: str | None) -> None:
    question = Question("place", "geopoint", {"": "Place"})
    if kept is None:
        with pytest.raises(Refusal):
            read_answer(question, typed, date(2026, 2, 13))
    else:
        assert read_answer(question, typed, date(2026, 2, 13)) == kept


def test_a_question_may_depend_on_whether_a_file_was_sent() -> None:
    source = """code: a
title: A
statement: S
questions:
  - {name: photo, type: image, label: P}
  - {name: what, type: text, label: W, relevant: photo != ''}
"""
    made = parse_form(source)
    said = {"digest": "0" * 64, "name": "a.jpg", "mime": "image/jpeg", "size": 1}
    assert [q.name for q in relevant(made, {})] == ["photo"]
    assert [q.name for q in relevant(made, {"photo": said})] == ["photo", "what"]


@pytest.mark.parametrize("typed", ["2", "２", "②", "2.", "同住家人", "family", "Someone I live with", "FAMILY"])
def test_a_choice_is_taken_by_number_label_or_name(typed: str) -> None:
    assert answer("who", typed) == "family"


@pytest.mark.parametrize("typed", ["1 2", "1,2", "咳嗽、发热", "2；1", "发热 咳嗽", "fever/cough", "1 1 2"])
def test_several_choices_are_told_apart_and_kept_in_the_forms_order(typed: str) -> None:
    assert answer("symptoms", typed) == ["fever", "cough"]


@pytest.mark.parametrize("typed", ["0", "9", "12", "maybe", "1 maybe", "，", "99999999999999999999"])
def test_what_is_not_among_the_choices_is_refused(typed: str) -> None:
    assert refusal("symptoms", typed).key in ("forms.not_a_choice", "forms.nothing_typed")


def test_text_keeps_its_lines_and_loses_its_control_characters() -> None:
    assert answer("remark", " 一\r\n二\x00\u202e三 👨‍👩‍👧 ") == "一\n二 三 👨‍👩‍👧"
    assert refusal("remark", "\x00").key == "forms.nothing_typed"
    assert refusal("remark", "x" * 2001).key == "forms.text_too_long"


@given(st.sampled_from([*HEALTH.questions, *DELIVERY.questions]), st.text(), st.dates())
def test_no_answer_whatsoever_raises_anything_but_a_refusal(question: object, typed: str, today: date) -> None:
    try:
        value = read_answer(question, typed, today)  # type: ignore[arg-type]
    except Refusal:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_a_failed_constraint_speaks_its_own_sentence() -> None:
    question = DELIVERY.question("delivered")
    assert question
    check(question, 10, {"ordered": 10})
    check(question, 10, {})  # nothing to compare with
    with pytest.raises(Refusal) as refused:
        check(question, 11, {"ordered": 10})
    assert refused.value.values["message"] == question.constraint_message


def test_none_does_not_stand_beside_a_symptom() -> None:
    question = HEALTH.question("symptoms")
    assert question
    check(question, ["none"], {})
    check(question, ["fever", "cough"], {})
    with pytest.raises(Refusal):
        check(question, ["fever", "none"], {})


def test_questions_that_do_not_apply_are_not_asked() -> None:
    names = [it.name for it in relevant(HEALTH, {"contact": "no", "symptoms": ["none"]})]
    assert names == ["who", "temperature", "symptoms", "contact", "remark"]
    names = [it.name for it in relevant(HEALTH, {"contact": "yes", "symptoms": ["none"]})]
    assert names == ["who", "temperature", "symptoms", "contact", "isolation_place", "since", "remark"]


def test_an_answer_that_no_longer_applies_is_dropped_and_decides_nothing() -> None:
    spec = parse_form(
        HEAD + "  - {name: p, type: integer, label: P}\n  - {name: q, type: integer, label: Q, relevant: p == 1}\n"
        "  - {name: n, type: note, label: N, relevant: q == 1}\n  - {name: r, type: text, label: R, relevant: q == 1}\n"
    )
    assert clean(spec, {"p": 1, "q": 1, "r": "x", "n": "x"}) == {"p": 1, "q": 1, "r": "x"}
    assert clean(spec, {"p": 2, "q": 1, "r": "x"}) == {"p": 2}
    assert [it.name for it in relevant(spec, {"p": 1, "q": 1})] == ["p", "q", "n", "r"]


def test_a_report_is_not_finished_while_a_required_answer_is_missing_or_an_earlier_one_changed() -> None:
    with pytest.raises(Refusal) as refused:
        clean(DELIVERY, {"ordered": 10, "delivered": 9})
    assert (refused.value.key, refused.value.values["name"]) == ("forms.required", "kilometres")
    with pytest.raises(Refusal) as refused:
        clean(DELIVERY, {"ordered": 8, "delivered": 9, "kilometres": 3.5})
    assert (refused.value.key, refused.value.values["name"]) == ("forms.constraint", "delivered")


def test_a_default_of_today_stays_today() -> None:
    question = HEALTH.question("since")
    assert question
    assert default(question, date(2026, 5, 1)) == "2026-05-01"


@pytest.mark.parametrize("typed", ["明天", "2月14日", "14 Feb"])
def test_a_day_since_which_something_lasts_is_never_in_the_future(typed: str) -> None:
    assert refusal("since", typed).key == "forms.future"


@pytest.mark.parametrize(
    ("typed", "kept"), [("今天", "2026-02-13"), ("12 Feb", "2026-02-12"), ("2月11日", "2026-02-11")]
)
def test_a_day_that_has_come_is_taken_as_the_bot_writes_it(typed: str, kept: str) -> None:
    assert answer("since", typed) == kept

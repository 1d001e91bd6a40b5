"""Forms as their authors write them, answers as people type them."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from models.core import typed_text as reading
from models.core.errors import Refusal, Refusals
from models.forms.answers import check, clean, default, read_answer, relevant
from models.forms.spec import FormSpec, Question, fill, say
from models.forms.yaml_reader import parse_form

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 2, 13)
HEAD = "code: a\ntitle: A\nstatement: Nothing.\nquestions:\n"  # 4 lines


def form(name: str) -> FormSpec:
    return parse_form((ROOT / "templates" / "forms" / f"{name}.yaml").read_bytes())


HEALTH, DELIVERY = form("health"), form("delivery")
SHIPPED = [form(path.stem) for path in sorted((ROOT / "templates" / "forms").glob("*.yaml"))]


def wrongs(source: str | bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(Refusals) as refused:
        parse_form(source)
    return [(it.line, it.key.removeprefix("forms.")) for it in refused.value.refusals]


ALERT = "  - {name: q, type: integer, label: Q}\nalerts:\n  - "  # its rule is in line 7


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        ("{}", ["missing_key"] * 4),
        ("{name: a, when: q > 1, level: red}", ["missing_key"]),
        ("{name: a, when: q > 1, level: purple, label: L}", ["not_one_of"]),
        ("{name: a, when: q >, level: red, label: L}", ["expression_unreadable"]),
        ("{name: a, when: p > 1, level: red, label: L}", ["unknown_question"]),
        ("{name: not-reached, when: q > 1, level: red, label: L}", ["bad_name"]),
        ("{name: a, when: q > 1, level: red, label: L, after: 5}", ["unknown_key"]),
        ("{name: a, when: q > 1, level: red, label: '{p}'}", ["unknown_question"]),
        ("{name: a, when: q > 1, level: red, label: '{q.__class__}'}", ["unknown_question"]),
        ("{name: a, when: q > 1, level: red, label: '{}'}", ["unknown_question"]),
        ("{name: a, when: q > 1, level: red, label: '{q} {'}", ["lone_brace"]),
        ("{name: a, when: q > 1, level: red, label: '{{q}}'}", ["lone_brace"]),
        ("{name: a, when: q > 1, level: red, label: {fr: L}}", ["no_language"]),
        ("{name: a, when: q > 1, level: red, label: " + "L" * 201 + "}", ["too_long"]),
        *(
            (f"{{name: a, when: q > 1, level: red, label: L, minutes: {minutes}}}", ["bad_minutes"])
            for minutes in ("0", "1441", "-5", "1.5", "soon", "٣", "99999")
        ),
        (
            "{name: a, when: q > 1, level: red, label: L}\n  - {name: a, when: q, level: red, label: L}",
            ["doubled_name"],
        ),
    ],
)
def test_a_wrong_alert_is_named_with_its_line(rule: str, problems: list[str]) -> None:
    found = wrongs(HEAD + ALERT + rule)
    assert [key for _, key in found] == problems
    assert {line for line, _ in found} <= {7, 8}


def test_alerts_hold_no_list_and_not_more_than_twenty() -> None:
    assert wrongs(HEAD + "  - {name: q, type: integer, label: Q}\nalerts: soon") == [(6, "not_a_list")]
    many = "".join(f"\n  - {{name: a{n}, when: q > 1, level: red, label: L}}" for n in range(21))
    assert wrongs(HEAD + "  - {name: q, type: integer, label: Q}\nalerts:" + many) == [(7, "too_many")]


def test_an_alert_waits_a_quarter_of_an_hour_where_nothing_else_is_said() -> None:
    spec = parse_form(HEAD + ALERT + "{name: a, when: q > 1, level: yellow, label: 'q = {q}'}")
    (rule,) = spec.alerts
    assert (rule.name, rule.level, rule.minutes, rule.label) == ("a", "yellow", 15, {"": "q = {q}"})
    assert (rule.when.holds({"q": 2}), rule.when.holds({"q": 1}), rule.when.holds({})) == (True, False, False)


def test_a_label_is_filled_with_answers_and_nothing_else() -> None:
    assert fill("体温{temperature}℃，{remark}", {"temperature": "38.2"}) == "体温38.2℃，–"
    assert fill("{a}{b}", {"a": "{b}", "b": "{a}"}) == "{b}{a}"


def test_the_health_form_alerts_for_fever_and_contact() -> None:
    def met(**answers: object) -> list[tuple[str, str, int]]:
        return [(r.name, r.level, r.minutes) for r in HEALTH.alerts if r.when.holds(answers)]

    assert met(temperature=37.2, symptoms=["none"], contact="no") == []
    assert met(temperature=37.3, symptoms=["fever"], contact="no") == [("fever", "red", 15)]
    assert met(symptoms=["fever"], contact="no") == [("feels_feverish", "red", 15)]
    assert met(symptoms=["none"], contact="yes") == [("contact", "orange", 30)]


def answer(name: str, typed: str, spec: FormSpec = HEALTH) -> object:
    question = spec.question(name)
    assert question
    return read_answer(question, typed, TODAY)


def refusal(name: str, typed: str, spec: FormSpec = HEALTH) -> Refusal:
    with pytest.raises(Refusal) as refused:
        answer(name, typed, spec)
    return refused.value


def test_the_shipped_forms_speak_both_languages() -> None:
    for spec in SHIPPED:
        texts = [
            spec.title,
            spec.statement,
            *(it.label for it in spec.questions),
            *(it.label for it in spec.indicators),
            *(it.label for it in spec.alerts),
        ]
        texts += [choice.label for question in spec.questions for choice in question.choices]
        texts += [it.constraint_message for it in spec.questions if it.constraint_message]
        assert all(set(text) == {"zh", "en"} for text in texts)
    assert say(HEALTH.statement, "zh_CN") == "自上次报告至此刻，本人及同住家人无发热、无接触史。"
    assert say(DELIVERY.statement, "zh_CN") == "今日无配送任务。"


def test_words_are_said_in_the_nearest_language_there_is() -> None:
    assert say({"zh": "甲", "en": "a"}, "zh_CN") == "甲"
    assert say({"zh": "甲", "zh_TW": "乙"}, "zh_TW") == "乙"
    assert say({"": "both"}, "en") == "both"
    assert say({"zh": "甲"}, "en") == "甲"
    assert say({}, "en") == ""


def test_the_arrival_rate_comes_from_the_sums_and_is_nothing_without_orders() -> None:
    rate = next(it for it in DELIVERY.indicators if it.name == "arrival_rate")
    assert rate.value
    assert rate.value.value({"delivered": 98, "ordered": 100}) == 0.98
    assert rate.value.value({"delivered": 0, "ordered": 0}) is None
    assert rate.value.value({}) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  - {name: q, type: txt, label: Q}", [(5, "unknown_type")]),
        ("  - {name: q, type: select_one, label: Q}", [(5, "no_choices")]),
        ("  - name: q\n    type: text\n    lable: Q", [(5, "missing_key"), (7, "unknown_key")]),
        ("  - name: q\n    name: r\n    type: text\n    label: Q", [(6, "doubled_key")]),
        ("  - {name: Q1, type: text, label: Q}", [(5, "bad_name")]),
        ("  - {name: in, type: text, label: Q}", [(5, "bad_name")]),
        ("  - {name: value, type: text, label: Q}", [(5, "bad_name")]),
        ("  - {name: q, type: text, label: Q}\n  - {name: q, type: text, label: Q}", [(6, "doubled_name")]),
        ("  - {name: q, type: text, label: {fr: Q}}", [(5, "no_language")]),
        ("  - {name: q, type: text, label: [Q]}", [(5, "not_words")]),
        ("  - {name: q, type: text, label: Q, choices: [{name: a, label: A}]}", [(5, "choices_unasked")]),
        ("  - {name: q, type: text, label: Q, required: maybe}", [(5, "not_one_of")]),
        ("  - {name: q, type: integer, label: Q, default: ten}", [(5, "bad_default")]),
        ("  - {name: q, type: integer, label: Q, default: 5, constraint: q > 9}", [(5, "bad_default")]),
        ("  - {name: q, type: text, label: Q, constraint_message: no}", [(5, "message_without_constraint")]),
        ("  - {name: q, type: text, label: Q, relevant: q == 1}", [(5, "later_question")]),
        ("  - {name: q, type: text, label: Q, relevant: p == 1}", [(5, "unknown_question")]),
        ("  - {name: q, type: text, label: Q, relevant: f()}", [(5, "expression_not_allowed")]),
        (
            "  - {name: q, type: text, label: Q, relevant: r > 1}\n  - {name: r, type: integer, label: R}",
            [(5, "later_question")],
        ),
        (
            "  - {name: q, type: select_one, label: Q, choices: [{name: a, label: A}, {name: a, label: A}]}",
            [(5, "doubled_label"), (5, "doubled_name")],
        ),
        (
            "  - {name: q, type: select_one, label: Q, choices: [{name: yes, label: A}]}\n"
            "  - {name: r, type: text, label: R, relevant: q == 'yess'}",
            [(6, "unknown_choice")],
        ),
        ("  - {name: q, type: note, label: Q}", [(5, "only_notes")]),
        ("  - just words", [(5, "not_a_mapping")]),
        ("  []", [(5, "empty_list")]),
        (f"  - {{name: {'q' * 65}, type: text, label: Q}}", [(5, "bad_name")]),
        ('  - {name: q, type: text, label: "a\\0b"}', [(5, "strange_character")]),
        ("  - {name: q, type: text, label: Q}\nindicators:\n  - {name: n, label: N}", [(7, "count_or_value")]),
        ("  - {name: q, type: text, label: Q}\nindicators:\n  - {name: n, label: N, value: q}", [(7, "not_numeric")]),
    ],
)
def test_each_mistake_in_a_form_is_named_by_its_line(body: str, expected: list[tuple[int, str]]) -> None:
    assert sorted(wrongs(HEAD + body)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", [(1, "empty_file")]),
        (b"\xd0\xff", [(None, "not_utf8")]),
        ("\ud800", [(None, "not_utf8")]),
        ("a: 1\n\tb: 2", [(2, "bad_yaml")]),
        ("a: 1\nb: \x01", [(2, "bad_yaml")]),
        ("a: &x 1\nb: *x", [(1, "anchors")]),
        ("a: *x", [(1, "anchors")]),
        ("a: !!python/object:os.system x", [(1, "tags")]),
        ("[" * 5000, [(1, "too_deep")]),
        ("a: " + "x" * 70_000, [(None, "too_large")]),
        ("a: 1\n---\nb: 2", [(2, "bad_yaml")]),
    ],
)
def test_what_is_no_form_at_all_is_refused(source: str | bytes, expected: list[tuple[int, str]]) -> None:
    assert wrongs(source) == expected


def test_all_mistakes_are_named_at_once() -> None:
    assert [key for _, key in wrongs("questions:\n  - {name: Q, type: x}\n")] == [
        *["missing_key"] * 3, "missing_key", "bad_name", "unknown_type",
    ]  # fmt: skip


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    with pytest.raises(Refusals) as refused:
        parse_form(HEAD + "  - {name: q, type: text, label: Q, requird: true}")
    assert refused.value.refusals[0].values["known"] == "required"


def test_too_many_questions_and_too_long_a_statement_are_refused() -> None:
    many = "".join(f"  - {{name: q{n}, type: text, label: Q}}\n" for n in range(61))
    assert wrongs(HEAD + many) == [(5, "too_many")]
    long = HEAD.replace("Nothing.", "x" * 1001)
    assert wrongs(long + "  - {name: q, type: text, label: Q}") == [(3, "too_long")]


@given(st.text() | st.binary())
def test_no_text_whatsoever_raises_anything_but_refusals(source: str | bytes) -> None:
    with pytest.raises(Refusals):
        parse_form(source)


@settings(max_examples=200)
@given(st.data())
def test_a_form_that_was_spoilt_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    source = (ROOT / "templates" / "forms" / "delivery.yaml").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(start + 40, len(source))))
    put = data.draw(st.text(st.sampled_from("{}[]:-#&*!|>'\" \n\tab0?,%@`"), max_size=6))
    try:
        parse_form(source[:start] + put + source[end:])
    except Refusals as refused:
        assert refused.refusals


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
        *["0,125", "1.2.3", "1e999", "1e5", "nan", "inf", "0x10", "９" * 16, "1" * 100, "٣٦", "一", "-", "+", "℃"],
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


@pytest.mark.parametrize("kind", ["image", "audio", "file"])
@pytest.mark.parametrize("line", ["default: a.jpg", "constraint: photo != 'a'"])
def test_what_is_answered_with_a_file_has_no_default_and_no_constraint(kind: str, line: str) -> None:
    source = f"""code: a
title: A
statement: S
questions:
  - name: photo
    type: {kind}
    label: P
    {line}
"""
    with pytest.raises(Refusals) as refused:
        parse_form(source)
    assert [(it.key, it.line) for it in refused.value.refusals] == [("forms.media_takes_none", 8)]


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


def test_every_refusal_has_its_sentence_and_the_sentence_its_values() -> None:
    words = Environment(loader=FileSystemLoader(ROOT / "templates" / "refusals"), extensions=["jinja2.ext.i18n"])
    said = 0
    for name in ("time/calendars", "forms/expressions", "forms/yaml_reader", "forms/yaml_nodes", "forms/answers"):
        for call in ast.walk(ast.parse((ROOT / "models" / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args and isinstance(key := call.args[0], ast.Constant):
                called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                if called in ("Refusal", "wrong") or str(key.value).startswith("calendars."):
                    file, _, macro = str(key.value).rpartition(".")
                    module = words.get_template(f"{file or 'forms'}.j2").make_module({"gettext": str})
                    given_ = {it.arg for it in call.keywords} - {"line"}
                    assert set(getattr(module, macro).arguments) == given_, key.value
                    said += 1
    assert said > 60


def test_an_indicator_may_be_counted_since_its_start() -> None:
    inspection = form("inspection")
    assert [it.name for it in inspection.indicators if it.total] == [
        "complaints", "settled", "renewed", "suspended", "restored",
    ]  # fmt: skip
    source = (
        HEAD + "  - {name: n, type: integer, label: N}\nindicators:\n  - {name: n, label: N, value: n, total: often}\n"
    )
    assert wrongs(source) == [(7, "not_one_of")]


def test_every_shipped_form_can_be_filled_in() -> None:
    answers = {
        "market": {"planned": 10, "visited": 12, "closed": 1, "problems": ["price"], "detail": "一户"},
        "inspection": {"complaints": 3, "settled": 2, "renewed": 1, "suspended": 0, "restored": 0},
        "duty": {"on_duty": "张伟、李梅", "events": 0, "handover": "done"},
    }
    for code, given_ in answers.items():
        assert clean(form(code), given_) == given_
    assert {it.name for it in relevant(form("duty"), {"events": 1, "handover": "open"})} >= {
        "kinds",
        "at",
        "story",
        "left",
    }
    with pytest.raises(Refusal):
        clean(form("market"), answers["market"] | {"closed": 13})

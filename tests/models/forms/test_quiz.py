"""Forms that are quizzes: what their answers are worth, and what is refused of them (docs/rules.md 31)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.rendering import Renderer
from models.core.errors import Refusals
from models.forms import points, xlsform
from models.forms.expressions import parse
from models.forms.spec import FormSpec, Quiz
from models.forms.yaml_reader import parse_form
from tests.support.workbooks import workbook

FORM = """
code: quiz
title: Quiz
statement: none
pass_mark: 5
attempts: 2
questions:
  - name: one
    type: select_one
    label: One
    explanation: {zh: 因为, en: Because}
    choices:
      - {name: a, label: A, score: 2}
      - {name: b, label: B, explanation: Not B}
  - name: many
    type: select_multiple
    label: Many
    choices:
      - {name: a, label: A, score: 1}
      - {name: b, label: B, score: 2}
      - {name: c, label: C}
  - name: heat
    type: integer
    label: Heat
    score: 3 if 70 <= value <= 80 else 1 if value > 80 else 0
"""


def changed(before: str, after: str) -> str:
    assert before in FORM
    return FORM.replace(before, after, 1)


def wrong(source: str) -> list[str]:
    with pytest.raises(Refusals) as refused:
        parse_form(source)
    return [Renderer("en").refusal(it) for it in refused.value.refusals]


def test_a_form_whose_answers_have_scores_is_a_quiz() -> None:
    form = parse_form(FORM)
    assert form.quiz == Quiz(pass_mark=5, attempts=2)
    assert points.reachable(form) == 8
    assert [question.name for question in points.scored(form)] == ["one", "many", "heat"]
    assert parse_form(changed("attempts: 2\n", "")).quiz == Quiz(pass_mark=5, attempts=3)


@pytest.mark.parametrize(
    ("answers", "gives"),
    [
        ({}, 0), ({"one": "a"}, 2), ({"one": "b"}, 0), ({"many": ["a"]}, 1), ({"many": ["a", "b"]}, 3),
        ({"many": ["a", "b", "c"]}, 0), ({"many": []}, 0), ({"heat": 75}, 3), ({"heat": 90}, 1), ({"heat": 20}, 0),
        ({"one": "a", "many": ["a", "b"], "heat": 80}, 8),
    ],
)  # fmt: skip
def test_an_answer_gives_its_points_and_one_wrong_tick_takes_all(answers: dict[str, object], gives: int) -> None:
    assert points.total(parse_form(FORM), answers) == gives


def test_right_is_what_gives_all_points() -> None:
    form = parse_form(FORM)
    one, many, heat = form.questions
    assert points.right(one, {"one": "a"}) and not points.right(one, {"one": "b"}) and not points.right(one, {})
    assert not points.right(many, {"many": ["b"]}) and points.right(many, {"many": ["b", "a"]})
    assert points.right(heat, {"heat": 70}) and not points.right(heat, {"heat": 81})


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("pass_mark: 5", "pass_mark: 9", "all right answers together give 8 points"),
        ("pass_mark: 5", "pass_mark: many", "isn’t a whole number from 1 to 8"),
        ("pass_mark: 5", "pass_mark: 0", "isn’t a whole number from 1 to 8"),
        ("pass_mark: 5\n", "", "no pass_mark says who passes"),
        ("attempts: 2", "attempts: 0", "isn’t a number of attempts"),
        ("attempts: 2", "attempts: 21", "isn’t a number of attempts"),
        ("score: 2}", "score: two}", "isn’t a whole number from 0 to 100"),
        ("score: 2}", "score: -2}", "isn’t a whole number from 0 to 100"),
        ("label: One", "label: One\n    score: value == 'a'", "Keep one of the two"),
        ("3 if 70 <= value <= 80 else 1 if value > 80 else 0", "3", "Any answer to “heat” would get these points"),
        ("3 if 70 <= value <= 80 else 1 if value > 80 else 0", "value / 2", "can’t be told"),
        ("3 if 70 <= value <= 80 else 1 if value > 80 else 0", "0 - (1 if value > 3 else 0)", "must come to 0 to 100"),
        ("type: integer", "type: note", "note"),
    ],
)  # fmt: skip
def test_nonsense_in_a_quiz_is_refused_with_the_cure(before: str, after: str, sentence: str) -> None:
    assert any(sentence in said for said in wrong(changed(before, after)))


def test_what_only_a_quiz_has_is_refused_where_no_answer_has_a_score() -> None:
    plain = re.sub(r", score: \d", "", FORM).replace(
        "    score: 3 if 70 <= value <= 80 else 1 if value > 80 else 0\n", ""
    )
    assert [said for said in wrong(plain) if "not a quiz" in said] == ["No answer gives points, so this is not a quiz "
        "and it is never used. Add scores to the right choices, or remove it."] * 3  # fmt: skip


SURVEY = [
    ["type", "name", "label", "分值", "解析::中文 (zh)", "explanation::English (en)"],
    ["select_one masks", "mask", "口罩", None, "四小时一换。", "Change it every four hours."],
    ["integer", "heat", "水温", "if(. >= 70 and . <= 80, 3, 0)"],
]
CHOICES = [["list_name", "name", "label", "score", "explanation"], ["masks", "four", "4 小时", 2, None],
           ["masks", "week", "一周", None, "太久了。"]]  # fmt: skip
SETTINGS = [["form_title", "form_id", "及格分", "attempts"], ["测验", "quiz", 4, 2]]


def spec(settings: list[list[object]] = SETTINGS, survey: list[list[object]] = SURVEY) -> FormSpec:
    return parse_form(xlsform.source(workbook(survey=survey, choices=CHOICES, settings=settings)).text)


def test_an_xlsform_says_scores_explanations_pass_mark_and_attempts() -> None:
    form = spec()
    mask, heat = form.questions
    assert form.quiz == Quiz(pass_mark=4, attempts=2)
    assert mask.explanation == {"zh": "四小时一换。", "en": "Change it every four hours."}
    assert [(it.score, it.explanation) for it in mask.choices] == [(2, None), (0, {"": "太久了。"})]
    assert points.of_answer(heat, {"heat": 75}) == 3 and points.of_answer(heat, {"heat": 60}) == 0


def test_what_is_wrong_with_a_quiz_in_excel_is_told_with_its_cell_all_at_once() -> None:
    survey = [*SURVEY[:2], ["integer", "heat", "水温", "3"]]
    with pytest.raises(Refusals) as refused:
        spec([["form_title", "form_id", "pass_mark", "attempts"], ["测验", "quiz", 4, 0]], survey)
    assert [(it.key, it.sheet, it.line, it.column) for it in refused.value.refusals] == [
        ("forms.score_constant", "survey", 3, "D"), ("forms.bad_attempts", "settings", 2, "D"),
    ]  # fmt: skip


NUMBERS = st.integers(0, 40).map(str)
CONDITIONS = st.sampled_from(["value > 3", "value == 7", "a == 1 and b > 2", "not (a > 1)", "value in [1, 2]"])
SCORES = st.recursive(
    st.one_of(NUMBERS, CONDITIONS.map(lambda it: f"({it})")),
    lambda inner: st.one_of(
        st.tuples(inner, CONDITIONS, inner).map(lambda it: f"({it[0]} if {it[1]} else {it[2]})"),
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
        inner.map(lambda it: f"-{it}"),
    ),
    max_leaves=8,
)
ANSWER = st.one_of(st.none(), st.integers(-100, 100), st.sampled_from(["", "x"]))


@given(SCORES, ANSWER, ANSWER, ANSWER)
def test_no_answer_gives_fewer_or_more_points_than_the_checker_says(
    source: str, value: object, a: object, b: object
) -> None:  # fmt: skip
    found = points.bounds(source)
    if found is None:
        return
    came = parse(source).value({"value": value, "a": a, "b": b})
    assert found[0] <= int(came or 0) <= found[1]  # type: ignore[call-overload]

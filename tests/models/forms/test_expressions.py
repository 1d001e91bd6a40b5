"""What a form may compute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.core.errors import Refusal
from models.forms.expressions import parse

ANSWERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers())
ALPHABET = st.sampled_from(
    [*"abt(),[]+-*/=<>!'\" ×÷−≥≤≠（）.0123", " and ", " or ", " not ", " in ", "True", "lambda:"]
)


@pytest.mark.parametrize(
    ("source", "answers", "value"),
    [
        ("0.1 + 0.2 == 0.3", {}, True),
        ("a + b", {"a": 0.1, "b": 0.2}, 0.3),
        ("a / b", {"a": 98, "b": 100}, 0.98),
        ("(a − 1) × 2 ÷ 4", {"a": 3}, 1),
        ("34 ≤ t ≤ 43", {"t": 36.5}, True),
        ("34 <= t <= 43", {"t": 365}, False),
        ("t >= 37.3", {"t": 37.3}, True),
        ("t = 37", {"t": 37.0}, True),
        ("'fever' in s", {"s": ["cough", "fever"]}, True),
        ("'fever' not in s", {"s": ["cough"]}, True),
        ("s == ['none']", {"s": ["none"]}, True),
        ("who in ('self', 'family')", {"who": "self"}, True),
        ("since >= '2026-02-01'", {"since": "2026-02-13"}, True),
        ("not (a == 1 or b == 2) and c != 3", {"a": 2, "b": 1, "c": 4}, True),
        ("-a", {"a": 2}, -2),
    ],
)
def test_a_form_computes_what_it_says(source: str, answers: dict[str, object], value: object) -> None:
    assert parse(source).value(answers) == value


@pytest.mark.parametrize("source", ["t > 0", "t <= 0", "t == 0", "t != 0", "'a' in t", "'a' not in t", "t != ''"])
@pytest.mark.parametrize("answers", [{}, {"t": None}, {"t": ""}, {"t": []}])
def test_what_is_unanswered_compares_false(source: str, answers: dict[str, object]) -> None:
    assert parse(source).value(answers) is False


@pytest.mark.parametrize("source", ["a + 1", "a / 0", "1 / (2 - 2)", "b * 2", "s - 1", "big * big * big"])
def test_what_cannot_be_computed_is_nothing_and_not_zero(source: str) -> None:
    assert parse(source).value({"b": "words", "s": ["x"], "big": 10**14, "a": None}) is None


@pytest.mark.parametrize("source", ["n > 'a'", "n == 'a'", "n != 'a'", "'a' in w", "True == 1", "s < s"])
def test_kinds_that_do_not_go_together_compare_false(source: str) -> None:
    assert parse(source).holds({"n": 1, "w": "abc", "s": ["a"]}) is False


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a" * 501, "too_long"),
        ("2 ** 9", "unreadable"),
        ("'a' * 3", "not_allowed"),
        ("'a' + b", "not_allowed"),
        ("len(a)", "not_allowed"),
        ("(1).real", "character"),
        ("a[0]", "not_allowed"),
        ("lambda: 1", "character"),
        ("('a', 'b')", "not_allowed"),
        ("a in 'abc'", "not_allowed"),
        ("a is None", "not_allowed"),
        ("a in ('x' 'y')", "unreadable"),
        ("a // 2", "unreadable"),
        ("1 + ", "unreadable"),
        ("not " * 100 + "a", "too_deep"),
        ("(" * 400, "unreadable"),
        ("1234567890123456", "unreadable"),
    ],
)
def test_what_is_not_on_the_list_is_refused(source: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(source)
    assert refused.value.key == f"forms.expression_{key}"


def test_an_expression_names_the_questions_it_reads_and_the_words_it_compares() -> None:
    expression = parse("a == 'x' or 'y' in b and c + 1 > 2 or d in ('p', 'q')")
    assert expression.names == {"a", "b", "c", "d"}
    assert expression.compared == {("a", "x"), ("b", "y"), ("d", "p"), ("d", "q")}


@given(st.text() | st.lists(ALPHABET, max_size=30).map("".join), st.dictionaries(st.sampled_from("abt"), ANSWERS))
def test_no_text_and_no_answer_raises_anything_but_a_refusal(source: str, answers: dict[str, object]) -> None:
    try:
        expression = parse(source)
    except Refusal:
        return
    assert isinstance(expression.value(answers), int | float | str | bool | None)
    assert expression.holds(answers) in (True, False)


def test_if_and_else_choose_a_value() -> None:
    chosen = parse("2 if a == 1 else b")
    assert [chosen.value({"a": 1, "b": 7}), chosen.value({"a": 3, "b": 7}), chosen.value({})] == [2, 7, None]
    assert chosen.names == {"a", "b"}

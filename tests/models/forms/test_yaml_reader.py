"""Forms as their authors write them: each mistake is named by its line, and nothing else is ever raised."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from models.core.errors import Refusals
from models.forms.yaml_reader import parse_form
from tests.models.forms.sources import HEAD, ROOT, form, wrongs


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

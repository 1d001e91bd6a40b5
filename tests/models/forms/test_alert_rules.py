"""Alert rules as authors write them, and their labels filled with answers."""

import pytest

from models.forms.spec import fill
from models.forms.yaml_reader import parse_form
from tests.models.forms.sources import HEAD, HEALTH, wrongs

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

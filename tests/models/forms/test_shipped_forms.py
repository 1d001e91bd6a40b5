"""The forms that come with the program speak both languages and can be filled in."""

import pytest

from models.core.errors import Refusal
from models.forms.answers import clean, relevant
from models.forms.spec import say
from tests.models.forms.sources import DELIVERY, HEALTH, ROOT, form

SHIPPED = [form(path.stem) for path in sorted((ROOT / "templates" / "forms").glob("*.yaml"))]


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


def test_every_shipped_form_can_be_filled_in() -> None:
    answers = {
        "market": {"planned": 10, "visited": 12, "closed": 1, "problems": ["price"], "detail": "一户"},
        "inspection": {"complaints": 3, "settled": 2, "renewed": 1, "suspended": 0, "restored": 0},
        "visit": {"how": "door", "people": 3, "unwell": 1, "needs": ["food", "doctor"], "words": "腿脚不便"},
        "unitday": {"reported": 14, "fever": 1, "contact": 0},
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
    with pytest.raises(Refusal):
        clean(form("visit"), answers["visit"] | {"unwell": 4})
    with pytest.raises(Refusal):
        clean(form("unitday"), answers["unitday"] | {"fever": 15})

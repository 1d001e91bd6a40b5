"""Describe a form: its questions, the words of its zero statement, its alert rules, and what a summary computes from
its reports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.forms.expressions import Expression
from models.forms.sources import Source

About = Literal["persons", "units"]
OnLeave = Literal["excused", "asked"]
Type = Literal["text", "integer", "decimal", "select_one", "select_multiple", "date", "time", "note",
               "image", "audio", "file", "geopoint"]  # fmt: skip
MEDIA = ("image", "audio", "file")  # types answered by sending a file
Level = Literal["red", "orange", "yellow"]
Text = Mapping[str, str]  # language ("zh", "en") → words; the language "" holds for all


def say(text: Text, locale: str) -> str:
    """Return the words in the locale ("zh_CN"), else in its language, else in whatever language there is; ""
    for none."""
    for language in (locale, locale.partition("_")[0], ""):
        if language in text:
            return text[language]
    return next(iter(text.values()), "")


NAMED = re.compile(r"\{([^{}]*)\}")  # `{temperature}` in a label


def fill(words: str, said: Mapping[str, str]) -> str:
    """Return the words with `{question}` replaced by its answer, `–` if there is none. Braces in an answer stay as
    typed."""
    return NAMED.sub(lambda found: said.get(found[1], "–"), words)


@dataclass(frozen=True)
class Choice:
    """One answer of a select question; reports store `name`. `score` is what a quiz gives for it, in points, 0 for a
    wrong one; `explanation` is told to whoever chose it."""

    name: str
    label: Text
    score: int = 0
    explanation: Text | None = None


@dataclass(frozen=True)
class Question:
    """One question. The attributes are XLSForm's. `relevant` reads earlier questions; `constraint` reads earlier ones
    and its own, as `value` or by its name. `default` is what a person would type (so that `today` stays today):
    `answers.default` reads it. `past` says of a date that it cannot be later than today. `score` gives the points of an
    answer in a quiz, where its choices do not; `explanation` is told after the answer (`points`).
    `source`: from which reports the answer of a unit is proposed."""

    name: str
    type: Type
    label: Text
    hint: Text | None = None
    required: bool = False
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Text | None = None
    choices: tuple[Choice, ...] = ()
    default: str | None = None
    past: bool = False
    score: Expression | None = None
    explanation: Text | None = None
    source: Source | None = None

    def choice(self, name: str) -> Choice | None:
        """Return the choice of that name."""
        return next((choice for choice in self.choices if choice.name == name), None)


@dataclass(frozen=True)
class Indicator:
    """A figure over many reports; exactly one of `count` and `value` is given. `count`: the number of filed reports
    whose answers it holds for. `value`: computed from the sums of the numeric answers of the filed reports; None if
    that cannot be computed (nobody answered, division by zero). `total`: summaries also show it counted since its start
    (累计)."""

    name: str
    label: Text
    count: Expression | None = None
    value: Expression | None = None
    format: Literal["number", "percent"] = "number"
    total: bool = False


@dataclass(frozen=True)
class AlertRule:
    """Raises an alert for a report whose answers `when` holds for. `label` may name answers: `{temperature}`. The alert
    climbs a level whenever nobody has taken it for `minutes`. It starts the runbook of the title `runbook`, if that is
    given."""

    name: str
    when: Expression
    level: Level
    label: Text
    minutes: int = 15
    runbook: str = ""


@dataclass(frozen=True)
class Quiz:
    """What a form whose answers give points asks for: `pass_mark` of them, in at most so many `attempts`."""

    pass_mark: int
    attempts: int


@dataclass(frozen=True)
class FormSpec:
    """A form as its YAML says; made by `yaml_reader.parse_form`. `about`: who one report is about. `on_leave`: whether
    people on leave are excused or asked all the same, unless the assignment says otherwise. `quiz` is None where no
    answer gives points."""

    code: str
    title: Text
    about: About
    statement: Text
    questions: tuple[Question, ...]
    indicators: tuple[Indicator, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    on_leave: OnLeave = "excused"
    quiz: Quiz | None = None

    def question(self, name: str) -> Question | None:
        """Return the question of that name."""
        return next((question for question in self.questions if question.name == name), None)

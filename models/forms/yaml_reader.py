"""Read a form's YAML into a FormSpec, or into the list of everything that is wrong with it, by line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import cast, get_args

import yaml

from models.core.errors import Refusal, Refusals
from models.forms import yaml_quiz
from models.forms.answers import check, read_answer
from models.forms.expressions import Expression, parse
from models.forms.sources import Source, read_source
from models.forms.spec import (
    MEDIA,
    NAMED,
    About,
    AlertRule,
    Choice,
    FormSpec,
    Indicator,
    Level,
    OnLeave,
    Question,
    Text,
    Type,
)
from models.forms.yaml_nodes import LONGEST_NAME, Keys, Node, NodeReader, compose, line_of

MOST_QUESTIONS, MOST_CHOICES, MOST_INDICATORS, MOST_ALERTS = 60, 50, 30, 20
LONGEST_RUNBOOK = 40  # characters of a title, as models/runbooks/runbooks.py has them
LONGEST_CLIMB = 1440  # minutes: what may wait longer than a day needs no alert
LONGEST_STATEMENT, LONGEST_ALERT, LONGEST_EXPLANATION = 1000, 200, 500  # characters
NUMERIC = ("integer", "decimal")
FORM_KEYS = (
    "code", "title", "about", "statement", "questions", "indicators", "alerts", "on_leave", *yaml_quiz.SETTINGS,
)  # fmt: skip
QUESTION_KEYS = (
    "name", "type", "label", "hint", "required", "relevant", "constraint", "constraint_message", "choices", "default",
    "past", "propose", "score", "explanation",
)  # fmt: skip
CHOICE_KEYS = ("name", "label", "score", "explanation")
INDICATOR_KEYS = ("name", "label", "count", "value", "format", "total")
ALERT_KEYS = ("name", "when", "level", "label", "minutes", "runbook")


def parse_form(source: str | bytes) -> FormSpec:
    """Read a form. Raises Refusals with every problem found, each with its line; nothing else, whatever comes in."""
    reader = _Reader()
    try:
        root = compose(source)
        spec = reader.form(root)
    except Refusal as refusal:
        raise Refusals([*reader.problems, refusal]) from None
    if reader.problems:
        raise Refusals(sorted(reader.problems, key=lambda problem: problem.line or 0))
    return spec


@dataclass
class _Reader(NodeReader):
    """A reader of forms, which remembers what their expressions may name."""

    types: dict[str, Type] = field(default_factory=dict)  # of the questions read so far, notes not among them
    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    explained: list[Node] = field(default_factory=list)  # explanations, which only a quiz shows
    every: frozenset[str] = frozenset()  # the names of all questions, to tell later ones from unknown ones

    def form(self, node: Node) -> FormSpec:
        keys = self.keys(node, FORM_KEYS, "form", ("code", "title", "statement", "questions"))
        nodes = self.items(keys, "questions", MOST_QUESTIONS)
        self.every = frozenset(_name_of(inner) for inner in nodes)
        questions: dict[str, Question] = {}
        for place, inner in enumerate(nodes):
            question = self.question(inner, questions)
            questions[question.name or str(place)] = question
        if questions and not self.types and all(question.type == "note" for question in questions.values()):
            self.wrong("only_notes", keys["questions"])
        indicators: dict[str, Indicator] = {}
        for place, inner in enumerate(self.items(keys, "indicators", MOST_INDICATORS)):
            indicator = self.indicator(inner, indicators)
            indicators[indicator.name or str(place)] = indicator
        alerts: dict[str, AlertRule] = {}
        for place, inner in enumerate(self.items(keys, "alerts", MOST_ALERTS)):
            rule = self.alert(inner, alerts)
            if rule:
                alerts[rule.name or str(place)] = rule
        quiz = yaml_quiz.quiz(self, keys, questions, self.explained)
        about = cast(About, self.one_of(keys, "about", get_args(About), "persons"))
        if about != "units" and any(question.source for question in questions.values()):
            self.wrong("source_of_person", keys["questions"])
        return FormSpec(
            code=self.name(keys, {}, "code"),
            title=self.text(keys, "title", 60),
            about=about,
            statement=self.text(keys, "statement", LONGEST_STATEMENT),
            questions=tuple(questions.values()),
            indicators=tuple(indicators.values()),
            alerts=tuple(alerts.values()),
            on_leave=cast(OnLeave, self.one_of(keys, "on_leave", get_args(OnLeave), "excused")),
            quiz=quiz,
        )

    def question(self, node: Node, taken: Mapping[str, Question]) -> Question:
        keys = self.keys(node, QUESTION_KEYS, "question", ("name", "type", "label"))
        name = self.name(keys, taken)
        kind = self.words(keys, "type")
        if kind and kind not in get_args(Type):
            known = ", ".join(get_close_matches(kind, get_args(Type), 1) or get_args(Type))
            self.wrong("unknown_type", keys["type"], name=name, type=kind[:40], known=known)
        choices = self.select(node, keys, name, kind)
        relevant = self.expression(keys, "relevant", own="")
        if name and kind != "note" and kind in get_args(Type):
            self.types.setdefault(name, cast(Type, kind))
            if kind.startswith("select"):
                self.choices[name] = frozenset(choice.name for choice in choices)
        question = Question(
            name=name,
            type=cast(Type, kind),
            label=self.text(keys, "label"),
            hint=self.text(keys, "hint") or None,
            required=self.one_of(keys, "required", ("true", "false", "yes", "no"), "false") in ("true", "yes"),
            relevant=relevant,
            constraint=self.expression(keys, "constraint", own=name),
            constraint_message=self.text(keys, "constraint_message") or None,
            choices=choices,
            default=self.words(keys, "default") or None,
            past=self.one_of(keys, "past", ("true", "false"), "false") == "true",
            score=self.expression(keys, "score", own=name),
            explanation=self.explanation(keys),
            source=self.source(keys, name, kind),
        )
        yaml_quiz.check_score(self, keys, name, question.score, choices)
        self.fits(question, keys)
        return question

    def source(self, keys: Keys, name: str, kind: str) -> Source | None:
        """Return from which reports the answer is proposed; only numbers are."""
        if "propose" not in keys:
            return None
        if kind not in NUMERIC or "default" in keys:
            self.wrong("source_of_words", keys["propose"], name=name)
            return None
        try:
            return read_source(self.words(keys, "propose"))
        except Refusal as refusal:
            self.problems.append(Refusal(refusal.key, line=line_of(keys["propose"]), **refusal.values))
            return None

    def fits(self, question: Question, keys: Keys) -> None:
        """Check what must hold between a question's attributes."""
        if "constraint_message" in keys and "constraint" not in keys:
            self.wrong("message_without_constraint", keys["constraint_message"], name=question.name)
        if question.type == "note":
            for key in ("required", "constraint", "default", "score", "explanation"):
                if key in keys:
                    self.wrong("note_takes_none", keys[key], name=question.name, key=key)
        elif question.type in MEDIA:
            for key in ("constraint", "default", "score"):
                if key in keys:
                    self.wrong("media_takes_none", keys[key], name=question.name, key=key)
        elif question.default is not None and question.type in get_args(Type):
            try:
                check(question, read_answer(question, question.default, date(2020, 2, 13)), {})
            except Refusal:
                self.wrong("bad_default", keys["default"], name=question.name, typed=question.default[:40])

    def select(self, node: Node, keys: Keys, name: str, kind: str) -> tuple[Choice, ...]:
        if not kind.startswith("select"):
            if "choices" in keys and kind in get_args(Type):
                self.wrong("choices_unasked", keys["choices"], name=name, type=kind)
            return ()
        if "choices" not in keys:
            self.wrong("no_choices", node, name=name)
        found: dict[str, Choice] = {}
        for place, inner in enumerate(self.items(keys, "choices", MOST_CHOICES)):
            inner_keys = self.keys(inner, CHOICE_KEYS, "choice", ("name", "label"))
            choice = Choice(
                self.choice_name(inner_keys, found),
                self.text(inner_keys, "label", 60),
                yaml_quiz.choice_score(self, inner_keys),
                self.explanation(inner_keys),
            )
            for other in found.values():
                if set(choice.label.items()) & set(other.label.items()):
                    self.wrong("doubled_label", inner, name=choice.name, other=other.name)
            found[choice.name or str(place)] = choice
        return tuple(found.values())

    def explanation(self, keys: Keys) -> Text | None:
        if "explanation" in keys:
            self.explained.append(keys["explanation"])
        return self.text(keys, "explanation", LONGEST_EXPLANATION) or None

    def choice_name(self, keys: Keys, taken: Mapping[str, Choice]) -> str:
        name = self.words(keys, "name")
        if name and (not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or len(name) > LONGEST_NAME):
            self.wrong("bad_choice_name", keys["name"], name=name[:40], most=LONGEST_NAME)
        elif name in taken:
            self.wrong("doubled_name", keys["name"], name=name)
        return name

    def expression(self, keys: Keys, key: str, own: str) -> Expression | None:
        """Return an expression over the questions before this one (and `own`, also as `value`); "" as own: none."""
        words = self.words(keys, key)
        if not words:
            return None
        try:
            expression = parse(words)
        except Refusal as refusal:
            self.problems.append(Refusal(refusal.key, line=line_of(keys[key]), **refusal.values))
            return None
        known = {*self.types, *([own, "value"] if own else [])}
        for name in sorted(expression.names - known):
            if name in self.every:
                self.wrong("later_question", keys[key], name=name, where=key)
            else:
                near = get_close_matches(name, known, 1)
                self.wrong("unknown_question", keys[key], name=name, where=key, known=", ".join(near or sorted(known)))
        for name, choice in sorted(expression.compared):
            choices = self.choices.get(own if name == "value" else name)
            if choices is not None and choice and choice not in choices:
                self.wrong("unknown_choice", keys[key], name=name, choice=choice, known=", ".join(sorted(choices)))
        return expression

    def indicator(self, node: Node, taken: Mapping[str, Indicator]) -> Indicator:
        keys = self.keys(node, INDICATOR_KEYS, "indicator", ("name", "label"))
        name = self.name(keys, taken)
        if ("count" in keys) == ("value" in keys):
            self.wrong("count_or_value", node, name=name)
        shown = self.one_of(keys, "format", ("number", "percent"), "number")
        if shown == "percent" and "count" in keys:
            self.wrong("percent_of_count", keys["format"], name=name)
        value = self.expression(keys, "value", own="")
        for word in sorted(value.names if value else ()):
            if self.types.get(word, "integer") not in NUMERIC:
                self.wrong("not_numeric", keys["value"], name=word)
        return Indicator(
            name=name,
            label=self.text(keys, "label", 60),
            count=self.expression(keys, "count", own=""),
            value=value,
            format="percent" if shown == "percent" else "number",
            total=self.one_of(keys, "total", ("true", "false", "yes", "no"), "false") in ("true", "yes"),
        )

    def alert(self, node: Node, taken: Mapping[str, AlertRule]) -> AlertRule | None:
        """Return a rule; None if its `when` is missing or wrong."""
        keys = self.keys(node, ALERT_KEYS, "alert", ("name", "when", "level", "label"))
        name = self.name(keys, taken)
        level = self.one_of(keys, "level", get_args(Level), "red")
        label = self.text(keys, "label", LONGEST_ALERT)
        for words in label.values():
            self.placeholders(words, keys["label"])
        when = self.expression(keys, "when", own="")
        minutes = self.minutes(keys)
        runbook = " ".join(self.words(keys, "runbook", LONGEST_RUNBOOK).split())
        return AlertRule(name, when, cast(Level, level), label, minutes, runbook) if when else None

    def placeholders(self, words: str, node: Node) -> None:
        """Check that every brace in a label belongs to the name of a question."""
        for name in NAMED.findall(words):
            if name not in self.types:
                near = get_close_matches(name, self.types, 1)
                known = ", ".join(near or sorted(self.types))
                self.wrong("unknown_question", node, name=name[:40], where="label", known=known)
        if set("{}") & set(NAMED.sub("", words)):
            self.wrong("lone_brace", node, name="label")

    def minutes(self, keys: Keys) -> int:
        words = self.words(keys, "minutes") or "15"
        if not re.fullmatch("[0-9]{1,4}", words) or not 1 <= int(words) <= LONGEST_CLIMB:
            self.wrong("bad_minutes", keys["minutes"], typed=words[:40], most=LONGEST_CLIMB)
            return 15
        return int(words)


def _name_of(node: Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "name"), "")

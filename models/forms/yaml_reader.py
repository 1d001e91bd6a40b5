"""Read a form's YAML into a FormSpec, or into the list of everything that is wrong with it, by line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from keyword import iskeyword
from typing import cast, get_args

import yaml

from models.core.errors import Refusal, Refusals
from models.forms.answers import check, read_answer
from models.forms.expressions import Expression, parse
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

LARGEST = 64 * 1024  # bytes; libyaml reads ten times what PyYAML itself does
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 12
MOST_QUESTIONS, MOST_CHOICES, MOST_INDICATORS, MOST_ALERTS = 60, 50, 30, 20
LONGEST_CLIMB = 1440  # minutes: what may wait longer than a day needs no alert
LONGEST_NAME, LONGEST_WORDS, LONGEST_STATEMENT, LONGEST_ALERT = 64, 1000, 1000, 200  # characters
NUMERIC = ("integer", "decimal")
FORM_KEYS = ("code", "title", "about", "statement", "questions", "indicators", "alerts", "on_leave")
QUESTION_KEYS = (
    "name", "type", "label", "hint", "required", "relevant", "constraint", "constraint_message", "choices", "default",
)  # fmt: skip
CHOICE_KEYS = ("name", "label")
INDICATOR_KEYS = ("name", "label", "count", "value", "format", "total")
ALERT_KEYS = ("name", "when", "level", "label", "minutes")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Node = yaml.Node
Keys = dict[str, Node]


def parse_form(source: str | bytes) -> FormSpec:
    """Read a form. Raises Refusals with every problem found, each with its line; nothing else, whatever comes in."""
    reader = _Reader()
    try:
        root = _compose(source)
        spec = reader.form(root)
    except Refusal as refusal:
        raise Refusals([*reader.problems, refusal]) from None
    if reader.problems:
        raise Refusals(sorted(reader.problems, key=lambda it: it.line or 0))
    return spec


def _compose(source: str | bytes) -> Node:
    """Return the file's tree. Raises for its size, encoding, anchors (they can multiply without end), tags, depth."""
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
        size = len(text.encode())
    except UnicodeError:
        raise Refusal("forms.not_utf8") from None
    if size > LARGEST:
        raise Refusal("forms.too_large", most=LARGEST // 1024)
    text = text.removeprefix("\ufeff")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if getattr(event, "anchor", None):
                raise Refusal("forms.anchors", line=line)
            tag = getattr(event, "tag", None)
            if tag:
                raise Refusal("forms.tags", line=line, tag=str(tag)[:40])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise Refusal("forms.too_deep", line=line)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
        raise Refusal("forms.bad_yaml", line=line, problem=problem[:100]) from None
    if root is None:
        raise Refusal("forms.empty_file", line=1)
    return root


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _nothing(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value.strip())


@dataclass
class _Reader:
    """Reads node by node; errors go into `problems`, and reading goes on with a placeholder."""

    problems: list[Refusal] = field(default_factory=list)
    types: dict[str, Type] = field(default_factory=dict)  # of the questions read so far, notes not among them
    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    every: frozenset[str] = frozenset()  # the names of all questions, to tell later ones from unknown ones

    def wrong(self, key: str, node: Node, /, **values: object) -> None:
        self.problems.append(Refusal(f"forms.{key}", line=_line(node), **values))

    def keys(self, node: Node, known: tuple[str, ...] | None, where: str, needed: tuple[str, ...] = ()) -> Keys:
        """Return a mapping's keys. Empty values count as absent; unknown, doubled and missing keys are wrong."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong("not_a_mapping", node, where=where)
            return {}
        found: Keys = {}
        for key, value in node.value:
            name = str(key.value)[:40] if isinstance(key, yaml.ScalarNode) else "…"
            if name in found:
                self.wrong("doubled_key", key, name=name)
            elif known is not None and name not in known:
                near = get_close_matches(name, known, 1)
                self.wrong("unknown_key", key, name=name, where=where, known=", ".join(near or known))
            else:
                found[name] = value
        for name in needed:
            if name not in found or _nothing(found[name]):
                self.wrong("missing_key", found.get(name, node), name=name, where=where)
        return {name: value for name, value in found.items() if not _nothing(value)}

    def items(self, keys: Keys, name: str, most: int) -> list[Node]:
        node = keys.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong("not_a_list", node, name=name)
            return []
        if len(node.value) > most:
            self.wrong("too_many", node, name=name, most=most)
        if not node.value:
            self.wrong("empty_list", node, name=name)
        return list(node.value[:most])

    def words(self, keys: Keys, name: str, most: int = LONGEST_WORDS) -> str:
        """Return a scalar's text as it is written (yes stays "yes", 1.0 stays "1.0")."""
        node = keys.get(name)
        return "" if node is None else self.scalar(node, name, most)

    def scalar(self, node: Node, name: str, most: int = LONGEST_WORDS) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.wrong("not_words", node, name=name)
            return ""
        words = str(node.value).strip()
        if any(not (c.isprintable() or c in "\n\u3000\u00a0\u200d") for c in words):
            self.wrong("strange_character", node, name=name)
        elif len(words) > most:
            self.wrong("too_long", node, name=name, most=most)
        return words

    def text(self, keys: Keys, name: str, most: int = LONGEST_WORDS) -> Text:
        """Return words per language; plain words hold for every language."""
        node = keys.get(name)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            return {"": self.scalar(node, name, most)}
        languages = self.keys(node, None, name)
        for language in languages:
            if not _LANGUAGE.fullmatch(language):
                self.wrong("bad_language", node, name=name, language=language)
        if not {"zh", "en"} & {language[:2] for language in languages}:
            self.wrong("no_language", node, name=name)
        return {language: self.scalar(value, name, most) for language, value in languages.items()}

    def one_of(self, keys: Keys, name: str, known: tuple[str, ...], otherwise: str) -> str:
        words = self.words(keys, name) or otherwise
        if words not in known:
            self.wrong("not_one_of", keys[name], name=name, typed=words[:40], known=", ".join(known))
            return otherwise
        return words

    def name(self, keys: Keys, taken: Mapping[str, object], key: str = "name") -> str:
        name = self.words(keys, key)
        if not name:
            return ""
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or iskeyword(name) or name == "value":
            self.wrong("bad_name", keys[key], name=name[:40], most=LONGEST_NAME)
        elif name in taken:
            self.wrong("doubled_name", keys[key], name=name)
        return name

    def form(self, node: Node) -> FormSpec:
        keys = self.keys(node, FORM_KEYS, "form", ("code", "title", "statement", "questions"))
        nodes = self.items(keys, "questions", MOST_QUESTIONS)
        self.every = frozenset(_name_of(it) for it in nodes)
        questions: dict[str, Question] = {}
        for place, it in enumerate(nodes):
            question = self.question(it, questions)
            questions[question.name or str(place)] = question
        if questions and not self.types and all(question.type == "note" for question in questions.values()):
            self.wrong("only_notes", keys["questions"])
        indicators: dict[str, Indicator] = {}
        for place, it in enumerate(self.items(keys, "indicators", MOST_INDICATORS)):
            indicator = self.indicator(it, indicators)
            indicators[indicator.name or str(place)] = indicator
        alerts: dict[str, AlertRule] = {}
        for place, it in enumerate(self.items(keys, "alerts", MOST_ALERTS)):
            rule = self.alert(it, alerts)
            if rule:
                alerts[rule.name or str(place)] = rule
        return FormSpec(
            code=self.name(keys, {}, "code"),
            title=self.text(keys, "title", 60),
            about=cast(About, self.one_of(keys, "about", get_args(About), "persons")),
            statement=self.text(keys, "statement", LONGEST_STATEMENT),
            questions=tuple(questions.values()),
            indicators=tuple(indicators.values()),
            alerts=tuple(alerts.values()),
            on_leave=cast(OnLeave, self.one_of(keys, "on_leave", get_args(OnLeave), "excused")),
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
        )
        self.fits(question, keys)
        return question

    def fits(self, question: Question, keys: Keys) -> None:
        """Check what must hold between a question's attributes."""
        if "constraint_message" in keys and "constraint" not in keys:
            self.wrong("message_without_constraint", keys["constraint_message"], name=question.name)
        if question.type == "note":
            for key in ("required", "constraint", "default"):
                if key in keys:
                    self.wrong("note_takes_none", keys[key], name=question.name, key=key)
        elif question.type in MEDIA:
            for key in ("constraint", "default"):
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
        for place, it in enumerate(self.items(keys, "choices", MOST_CHOICES)):
            inner = self.keys(it, CHOICE_KEYS, "choice", ("name", "label"))
            choice = Choice(self.choice_name(inner, found), self.text(inner, "label", 60))
            for other in found.values():
                if set(choice.label.items()) & set(other.label.items()):
                    self.wrong("doubled_label", it, name=choice.name, other=other.name)
            found[choice.name or str(place)] = choice
        return tuple(found.values())

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
            self.problems.append(Refusal(refusal.key, line=_line(keys[key]), **refusal.values))
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
        return AlertRule(name, when, cast(Level, level), label, minutes) if when else None

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

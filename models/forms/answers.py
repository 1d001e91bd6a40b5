"""Read answers to a form: what a person typed, and which questions apply under the answers so far."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from models.core import typed_text as read
from models.core.errors import Refusal
from models.core.typed_text import written
from models.files import records
from models.files.records import File
from models.forms.expressions import Answers
from models.forms.spec import Choice, FormSpec, Question

LONGEST = 2000  # characters of a text answer
_EXAMPLES = ("36.5", "12.5", "120.5", "1.5", "0.5", "12", "3", "1", "0", "120", "2000")
_UNWANTED = re.compile(r"[^\S\n]|[\u202a-\u202e\u2066-\u2069]")  # other spaces; marks that change the writing direction


def read_answer(question: Question, typed: str, today: date) -> object:
    """Return what was typed, in JSON's types; raises `forms.…` if it cannot be read, and never takes it for zero.

    text: str · integer: int · decimal: float of at most 15 digits, so that its shortest writing is what was typed ·
    select_one: the choice's name · select_multiple: list of names in the form's order · date: "YYYY-MM-DD" · time:
    "HH:MM" · geopoint: as `read_place`. The constraint is not checked here: that is `check`."""
    if len(typed) > LONGEST:
        raise Refusal("forms.text_too_long", most=LONGEST)
    if not read.plain(typed) and not _text(typed).strip("\u200d"):
        raise Refusal("forms.nothing_typed")
    match question.type:
        case "text":
            return _text(typed)
        case "integer" | "decimal":
            return _number(question, typed)
        case "select_one":
            return _choice(question, typed).name
        case "select_multiple":
            return _choices(question, typed)
        case "date":
            day = read.day(typed, today)
            if day is None:
                raise Refusal("forms.not_a_date", typed=_short(typed), example=today.isoformat())
            if question.past and day > today:
                raise Refusal("forms.future", typed=_short(typed))
            return day.isoformat()
        case "time":
            clock = read.clock(typed)
            if clock is None:
                raise Refusal("forms.not_a_time", typed=_short(typed), example="07:30")
            return f"{clock[0]:02}:{clock[1]:02}"
        case "geopoint":
            return _place(typed)
        case "image" | "audio" | "file":
            raise _wants(question)
        case "note":
            raise Refusal("forms.takes_no_answer")


def read_file(question: Question, file: File, remark: str | None) -> records.FileRecord:
    """Return a file as the answer to a question of `forms.MEDIA`; raises `forms.wants_…` if it is of another type."""
    if question.type != "file" and not file.mime.startswith(f"{question.type}/"):
        raise _wants(question)
    return records.told(file, remark)


def read_place(latitude: float, longitude: float, accuracy: float | None = None, altitude: float = 0) -> str:
    """Return a place as XLSForm writes it: `latitude longitude altitude accuracy`, degrees and metres, 0 if the last
    two are not known. Raises `forms.place_range`."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Refusal("forms.place_range")
    numbers = (round(latitude, 7), round(longitude, 7), round(altitude, 1), round(accuracy or 0, 1))
    return " ".join(written(float(it) + 0.0) for it in numbers)


def place_words(value: str) -> str:
    """Return a place as people read it: `31.2304, 121.4737`, with its accuracy if that is known."""
    latitude, longitude, _, accuracy = value.split(" ")
    return f"{latitude}, {longitude}" + (f" ±{accuracy} m" if accuracy != "0" else "")


def _place(typed: str) -> str:
    numbers = read.place(typed)
    if numbers is None:
        raise Refusal("forms.not_a_place", typed=_short(typed), example="31.2304, 121.4737")
    latitude, longitude, altitude, accuracy = numbers
    return read_place(latitude, longitude, accuracy, altitude)


def _wants(question: Question) -> Refusal:
    if question.type == "image":
        return Refusal("forms.wants_image")
    return Refusal("forms.wants_audio") if question.type == "audio" else Refusal("forms.wants_file")


def read_words(typed: str, most: int) -> str:
    """Return free words as they are kept; raises `forms.nothing_typed`, `forms.text_too_long`."""
    words = _text(typed)
    if len(words) > most:
        raise Refusal("forms.text_too_long", most=most)
    if not words.strip("\u200d"):
        raise Refusal("forms.nothing_typed")
    return words


def default(question: Question, today: date) -> object:
    """Return the answer proposed before the person says anything; None if the form has none."""
    return None if question.default is None else read_answer(question, question.default, today)


def file_words(said: Any) -> str:
    """Return a file as people read it: its name, and what was said with it."""
    return f"{said['name']} · {said['remark']}" if said.get("remark") else str(said["name"])


def check(question: Question, value: object, answers: Answers) -> None:
    """Raise `forms.constraint` (`message`: Text) or `forms.constraint_plain` if the constraint fails. A constraint that
    reads an unanswered question cannot be judged and passes."""
    if question.constraint is None:
        return
    seen = {**answers, question.name: value, "value": value}
    if any(seen.get(name) in (None, "", []) for name in question.constraint.names):
        return
    if not question.constraint.holds(seen):
        if question.constraint_message:
            raise Refusal("forms.constraint", message=question.constraint_message, name=question.name)
        raise Refusal("forms.constraint_plain", label=question.label, name=question.name)


def relevant(spec: FormSpec, answers: Answers) -> list[Question]:
    """Return the questions and notes that apply, in order. Answers to questions that do not apply decide nothing."""
    return [question for question, _ in _walk(spec, answers)]


def clean(spec: FormSpec, answers: Answers) -> dict[str, object]:
    """Return the answers that apply, checked once more: an earlier answer may have changed after a later one was given.
    Raises `forms.required` (`label`: Text), `forms.constraint` or `forms.constraint_plain` for the first question that
    is wrong; `values["name"]` names it."""
    kept: dict[str, object] = {}
    for question, value in _walk(spec, answers):
        if value is None and question.required:
            raise Refusal("forms.required", label=question.label, name=question.name)
        if value is not None:
            check(question, value, kept)
            kept[question.name] = value
    return kept


def faults(spec: FormSpec, answers: Answers) -> dict[str, Refusal]:
    """Return what `clean` would raise, for each question that is wrong by its name."""
    found, kept = {}, dict[str, object]()
    for question, value in _walk(spec, answers):
        if value is None and question.required and question.type != "note":
            found[question.name] = Refusal("forms.required", label=question.label, name=question.name)
        if value is None:
            continue
        kept[question.name] = value
        try:
            check(question, value, kept)
        except Refusal as refusal:
            found[question.name] = refusal
    return found


def _walk(spec: FormSpec, answers: Answers) -> Iterator[tuple[Question, object]]:
    """Yield the questions that apply, each with its answer, None if there is none."""
    kept: dict[str, object] = {}
    for question in spec.questions:
        if question.relevant is None or question.relevant.holds(kept):
            value = answers.get(question.name) if question.type != "note" else None
            kept[question.name] = None if value in ("", []) else value
            yield question, kept[question.name]


def _short(typed: str) -> str:
    words = _text(typed).replace("\n", " ")
    return words if len(words) <= 30 else words[:30] + "…"


def _text(typed: str) -> str:
    lines = _UNWANTED.sub(" ", typed.replace("\r\n", "\n"))
    return "".join(c for c in lines if c == "\n" or c.isprintable() or c == "\u200d").strip()  # \u200d joins emoji


def _number(question: Question, typed: str) -> int | float:
    number = read.number(typed)
    if number is None:
        raise Refusal("forms.not_a_number", typed=_short(typed), example=_example(question))
    if question.type == "decimal":
        return float(number)
    if number != int(number):
        raise Refusal("forms.not_whole", typed=_short(typed))
    return int(number)


def _example(question: Question) -> str:
    """Return a number that the constraint, as far as it can be told, allows."""
    fitting = [it for it in _EXAMPLES if question.type == "decimal" or "." not in it]
    return next((it for it in fitting if _allowed(question, Decimal(it))), fitting[0])


def _allowed(question: Question, value: Decimal) -> bool:
    try:
        check(question, value, {})
    except Refusal:
        return False
    return True


def _words(choice: Choice) -> set[str]:
    return {read.plain(words) for words in (choice.name, *choice.label.values())}


def _found(question: Question, typed: str) -> Choice | None:
    """Return the choice of that label, name or number on the screen, in this order."""
    words = read.plain(typed)
    for choice in question.choices:
        if words in _words(choice):
            return choice
    number = re.fullmatch(r"[(]?([1-9][0-9]?)[)号]?", words)
    spoken = re.fullmatch("(?:第|选)?([一二三四五六七八九十]{1,3})(?:个|项|号)?", words)
    if spoken and any(spoken[1] in named for choice in question.choices for named in _words(choice)):
        spoken = None  # 一 may mean 一站, wherever that stands
    place = int(number[1]) if number else read.counted(spoken[1]) if spoken else 0
    return question.choices[place - 1] if 0 < place <= len(question.choices) else None


def _choice(question: Question, typed: str) -> Choice:
    choice = _found(question, typed)
    if choice is None:
        raise Refusal("forms.not_a_choice", typed=_short(typed), most=len(question.choices))
    return choice


def _choices(question: Question, typed: str) -> list[str]:
    whole = _found(question, typed)
    if whole:
        return [whole.name]
    chosen: Mapping[str, None] = {}
    for part in filter(read.plain, re.split(r"[,，、;；/\n]", typed)):
        found = _found(question, part)
        parts = [found] if found else [_choice(question, word) for word in part.split()]
        chosen = {**chosen, **{choice.name: None for choice in parts}}
    if not chosen:
        raise Refusal("forms.not_a_choice", typed=_short(typed), most=len(question.choices))
    return [choice.name for choice in question.choices if choice.name in chosen]

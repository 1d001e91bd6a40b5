"""Read what a task is set to as an admin types it, `name=value`, and write it so again: times, days, picture, document,
required quiz (docs/rules.md 22.1, 25.7 and 31.9)."""

from unicodedata import normalize

from handlers.core import bundled
from handlers.core.turn import Turn
from handlers.core.vocabulary import DOCUMENT_WORDS, NOTHING, ON_OFF
from handlers.cycle import new_task
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.time.times import Times

TIMES = ("opens", "remind", "due", "summary", "summary_root", "escalate", "lock")
OPTIONS = (*TIMES, "calendar", "picture", "document", "requires")


def read(turn: Turn, words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split words into `name=value` and the others. A value of several times is joined by commas, without blanks."""
    plain = [normalize("NFKC", word) for word in words]  # so that a full-width = counts
    found, others = new_task.spoken([word for word, it in zip(words, plain, strict=True) if "=" not in it])
    found |= {name.lower(): value for name, sep, value in (w.partition("=") for w in plain) if sep}
    for name in found:
        if name not in (*OPTIONS, "code"):
            raise Refusal("assignments.option", name=name, known=OPTIONS)
    return found, others


def times(options: dict[str, str], base: dict[str, object] | None = None) -> Times:
    """Return the times the options say. With `base`, a time that is not given keeps its distance from the due time if
    that moves, otherwise it stays."""
    said = {name: value.replace("_", " ") for name, value in options.items() if name in TIMES}
    kept = base if base and "due" not in said else {}
    return Times.make(**(kept | said))  # type: ignore[arg-type]


def picture(options: dict[str, str], *, otherwise: bool = True) -> bool:
    """Return whether groups get the summary as a picture. Raises `assignments.picture` for a value that is neither."""
    said = options.get("picture", "").casefold()
    if not said:
        return otherwise
    if said not in ON_OFF:
        raise Refusal("assignments.picture", value=options["picture"])
    return ON_OFF[said]


def document(options: dict[str, str], otherwise: str = "off") -> str:
    """Return as what leads get the official report after the close. Raises `assignments.document` for other values."""
    said = options.get("document", "").casefold()
    if said and said not in DOCUMENT_WORDS:
        raise Refusal("assignments.document", value=options["document"])
    return DOCUMENT_WORDS[said] if said else otherwise


def requires(turn: Turn, options: dict[str, str], about: str, otherwise: str = "") -> str:
    """Return the code of the form whose quiz must be passed first, "" for none. Raises `assignments.requires_units` for
    a task about units, `assignments.requires` for what is no quiz."""
    said = options.get("requires", "").replace("_", " ").strip()
    if not said or said.casefold() in NOTHING:
        return otherwise if not said else ""
    if about == "units":
        raise Refusal("assignments.requires_units")
    quizzes = bundled.quizzes(turn.session, turn.now)
    code = bundled.named(quizzes, options["requires"])
    if code is None:
        raise Refusal("assignments.requires", value=said[:40], known=sorted({*quizzes.values()}))
    return code


def differences(
    assignment: Assignment, wanted: Times, calendar: str, *, picture: bool, document: str, requires: str
) -> list[list[str]]:  # fmt: skip
    """Return [name, before, after] of each time and setting that changes."""
    before, after = assignment.schedule.stored(), wanted.stored()
    rows = [[name, _plain(before[name]), _plain(after[name])] for name in TIMES if before[name] != after[name]]
    rows += [["calendar", assignment.calendar, calendar]] if calendar != assignment.calendar else []
    rows += [["picture", on_off(assignment.picture), on_off(picture)]] if picture != assignment.picture else []
    rows += [["document", assignment.document, document]] if document != assignment.document else []
    return rows + ([["requires", assignment.requires, requires]] if requires != assignment.requires else [])


def on_off(picture: bool) -> str:
    return "on" if picture else "off"


def _plain(value: str | list[str]) -> str:
    return ",".join(value) if isinstance(value, list) else value


def words(schedule: Times) -> str:
    """Return the times as they are typed."""
    stored = schedule.stored()
    return " ".join(f"{name}={_plain(stored[name]).replace(' ', '_')}" for name in TIMES)

"""Lead through a new task by buttons: the form, the unit, the days and times, a preview, and from when."""

import re
from unicodedata import normalize

from handlers.core import admin_arguments, asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.forms import bundled, new_version
from models.core import typed_text
from models.cycle import assignments
from models.organisation.units import Unit
from models.time.times import ClockTime, Times

DUE = ("09:00", "10:00", "12:00", "17:00")
CALENDARS = ("daily", "workdays")
DAYS = {
    "daily": "daily", "每天": "daily", "每日": "daily", "天天": "daily", "workdays": "workdays", "工作日": "workdays",
}  # fmt: skip
_RANGE = re.compile("[-–—~至到]")


def ask_form(turn: Turn) -> None:
    """Offer the forms that concern this admin."""
    found = [version for code in new_version.known(turn) if (version := bundled.latest(turn.session, code, turn.now))]
    locale = turn.words.locale
    asking.choose(
        turn, "task_form",
        [Option(f"{v.spec.title.get(locale) or v.code} · {v.code}", f"assign new {v.code}") for v in found],
    )  # fmt: skip


def ask_unit(turn: Turn, code: str) -> None:
    """Offer the units that are not asked this form yet; the admin's only unit is taken without asking."""
    asked = {it.unit_id for it in assignments.asking(turn.session, code)}
    found = [unit for unit in admin_arguments.all_units(turn) if unit.id not in asked]
    if len(found) == 1:
        ask_times(turn, code, found[0])
        return
    asking.choose(turn, "task_unit", [Option(u.path, f"assign when {code} {u.path}") for u in found], code=code)


def ask_times(turn: Turn, code: str, unit: Unit) -> None:
    """Offer the usual days and times; others are typed."""
    new = f"assign new {code} {unit.path}"
    options = []
    for calendar in CALENDARS:
        for due in DUE:
            times = Times.make(due=due)
            label = turn.words.line("cycle/task_times", calendar=calendar, opens=times.opens, due=times.due)
            options.append(Option(label, f"{new} due={due} calendar={calendar}"))
    other = turn.words.line("cycle/task_times", calendar="", opens="", due="")
    asking.choose(turn, "task_times", [*options, Option(other, f"assign other {code} {unit.path}")],
                  code=code, path=unit.path)  # fmt: skip


def ask_other(turn: Turn, code: str, unit: Unit) -> None:
    asking.for_words(turn, "task_times", f"assign new {code} {unit.path} {asking.PLACE}", path=unit.path)


def spoken(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return what `8:00-9:30`, `9:30` and `工作日` say, as options of the command, and the other words."""
    found: dict[str, str] = {}
    rest = []
    for word in words:
        plain = normalize("NFKC", word).casefold()
        read = [at for part in _RANGE.split(plain) if (at := _clock(part))]
        if plain in DAYS:
            found["calendar"] = DAYS[plain]
        elif read and len(read) == len(_RANGE.split(plain)) and len(read) < 3:
            found |= dict(zip(("opens", "due"), read, strict=True)) if len(read) == 2 else {"due": read[0]}
        else:
            rest.append(word)
    return found, rest


def _clock(word: str) -> str | None:
    """Return a time that is written with a colon or 点; plain digits may be anything."""
    found = typed_text.clock(word) if re.search("[:点时]", word) else None
    return str(ClockTime(found[0] * 60 + found[1])) if found else None

"""Lead through a new task by buttons: the form, the unit, the days and times, a preview, and from when."""

from unicodedata import normalize

from handlers.core import admin_arguments, asking, bundled
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.core.vocabulary import PICTURE_WORDS
from handlers.forms import new_version
from models.core import typed_text
from models.cycle import assignments
from models.forms.spec import say
from models.organisation.units import Unit
from models.time import typed_calendars
from models.time.times import ClockTime, Times

DUE = ("09:00", "10:00", "12:00", "17:00")
CALENDARS = ("daily", "workdays")
SELDOM = ("weekly:mon", "monthly:1", "monthly:last")  # offered with the usual due time


def ask_form(turn: Turn) -> None:
    """Offer the forms that concern this admin."""
    found = [version for code in new_version.known(turn) if (version := bundled.latest(turn.session, code, turn.now))]
    locale = turn.words.locale
    asking.choose(
        turn, "task_form",
        [Option(f"{say(v.spec.title, locale)} · {v.code}", f"assign new {v.code}") for v in found],
    )  # fmt: skip


def _title(turn: Turn, code: str) -> str:
    version = bundled.latest(turn.session, code, turn.now)
    return say(version.spec.title, turn.words.locale) if version else code


def ask_unit(turn: Turn, code: str) -> None:
    """Offer the units that are not asked this form yet; the admin's only unit is taken without asking."""
    asked = {it.unit_id for it in assignments.asking(turn.session, code)}
    found = [unit for unit in admin_arguments.all_units(turn) if unit.id not in asked]
    if len(found) == 1:
        ask_times(turn, code, found[0])
        return
    asking.choose(
        turn, "task_unit", [Option(u.path, f"assign when {code} {u.path}") for u in found], title=_title(turn, code)
    )


def ask_times(turn: Turn, code: str, unit: Unit) -> None:
    """Offer the usual days and times; others are typed."""
    new = f"assign new {code} {unit.path}"
    options = []
    for calendar in CALENDARS:
        for due in DUE:
            times = Times.make(due=due)
            label = turn.words.line("cycle/task_times", calendar=calendar, opens=times.opens, due=times.due)
            options.append(Option(label, f"{new} due={due} calendar={calendar}"))
    for calendar in SELDOM:
        times = Times()
        label = turn.words.line("cycle/task_times", calendar=calendar, opens=times.opens, due=times.due)
        options.append(Option(label, f"{new} due={times.due} calendar={calendar}"))
    other = turn.words.line("cycle/task_times", calendar="", opens="", due="")
    asking.choose(turn, "task_times", [*options, Option(other, f"assign other {code} {unit.path}")],
                  f"{new} {asking.PLACE}", title=_title(turn, code), path=unit.path)  # fmt: skip


def ask_other(turn: Turn, code: str, unit: Unit) -> None:
    asking.for_words(turn, "task_times", f"assign new {code} {unit.path} {asking.PLACE}", path=unit.path)


def spoken(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return what `8:00-9:30`, `9:30`, 每月1日 and `无图` say, as options of the command, and the other words. Raises
    `calendars.…` for days that are none."""
    calendar, words = typed_calendars.taken(words)
    found: dict[str, str] = {"calendar": str(calendar)} if calendar else {}
    rest = []
    for word in words:
        plain = normalize("NFKC", word).casefold()
        times = [str(ClockTime(hour * 60 + minute)) for hour, minute in typed_text.clocks(plain)]
        if plain in PICTURE_WORDS:
            found["picture"] = "on" if PICTURE_WORDS[plain] else "off"
        elif times:
            if len(times) == 1 and "due" in found and "opens" not in found:
                found["opens"] = found.pop("due")  # 8:00 9:30
            found |= dict(zip(("opens", "due"), times, strict=True)) if len(times) == 2 else {"due": times[0]}
        else:
            rest.append(word)
    return found, rest

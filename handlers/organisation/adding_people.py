"""Add one person by `/people add`."""

from sqlmodel import select

from handlers.changes import proposing
from handlers.core import admin_arguments, asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from handlers.core.vocabulary import OUTSIDE, ROLES
from models.changes import staff_changes
from models.core import characters
from models.core.errors import Refusal
from models.organisation.people import Person, Role, home
from models.organisation.units import find_unit

MOST_NAMES = 8  # words of one name
LONGEST_SPLIT = 3  # characters of a Chinese name that is written in two words


def add(turn: Turn, parts: list[str]) -> None:
    """Add a person, `number name unit [role] [reporter] [day]`; a reporter's number makes a ward, the word `outside` in
    place of a role somebody outside."""
    if len(parts) < 2:
        asking.for_words(turn, "person_new", f"people add {asking.PLACE}")
        return
    may_be_name = len(parts) < 3 or _only_names(parts[1:])
    if may_be_name and not any(_is_unit(turn, parts[at:]) for at in range(2, len(parts))):
        _ask_unit(turn, parts)
        return
    number, name, rest = characters.number(parts[0]), parts[1], parts[2:]
    while len(rest) > 1 and len(name.split()) < MOST_NAMES and not _is_unit(turn, rest):
        name, rest = f"{name} {rest[0]}", rest[1:]
    unit, rest = admin_arguments.unit(turn, rest)
    outside = bool(rest) and rest[0].lower() in OUTSIDE
    rest = rest[1:] if outside else rest
    wish = Role(ROLES[rest[0].lower()]) if rest and ROLES.get(rest[0].lower(), "none") != "none" else Role.MEMBER
    rest = rest[1:] if rest and rest[0].lower() in ROLES else rest
    reporter = None
    if rest and not outside and (known := turn.session.exec(select(Person).where(Person.staff_no == rest[0])).first()):
        reporter, rest = known, rest[1:]
    name = characters.name(name)
    before = staff_changes.numbered(turn.session, number)  # the same person, with everything that was theirs
    if before:  # a number alone reveals nobody who is not the admin's own
        admin_arguments.refuse_unless_admin(turn, home(turn.session, before).path)
    staff_changes.refuse_join(turn.session, number, name, wish, reporter, outside=outside)
    day = admin_arguments.day(turn, rest)
    arguments = {
        "no": number, "name": name, "unit": unit.id, "path": unit.path, "role": str(wish),
        "reporter": reporter.id if reporter else None, "reporter_name": reporter.name if reporter else None,
        "outside": outside,
    }  # fmt: skip
    reach = [unit, *([home(turn.session, reporter)] if reporter else [])]
    if before:
        reach.append(home(turn.session, before))
        arguments |= {"back": str(before.left_on), "from": reach[-1].path}
    undo = f"/people leave {number} "
    proposing.propose(turn, "people.add", arguments, day, reach, count=1, undo=undo.strip())


def _only_names(parts: list[str]) -> bool:
    """Say whether the words may be one name: they hold no digit and no path; Chinese in several words (吴 芳) is short,
    or it would be a name and a unit that is misspelt."""
    words = "".join(parts)
    short = len(parts) == 1 or words.isascii() or len(words) <= LONGEST_SPLIT
    return short and len(parts) <= MOST_NAMES and not any(c.isdigit() or c == "/" for part in parts for c in part)


def _ask_unit(turn: Turn, parts: list[str]) -> None:
    """Offer the units to join. Raises as `staff_changes.refuse_join` before anybody chooses."""
    number, name = characters.number(parts[0]), characters.name(" ".join(parts[1:]))
    staff_changes.refuse_join(turn.session, number, name, Role.MEMBER, None)
    units = admin_arguments.all_units(turn)
    options = [Option(unit.path, f"people add {number} {name} {unit.path}") for unit in units]
    asking.choose(turn, "person_unit", options, name=name)


def _is_unit(turn: Turn, parts: list[str]) -> bool:
    try:
        admin_arguments.named(turn, parts, find_unit)
    except Refusal:
        return False
    return True

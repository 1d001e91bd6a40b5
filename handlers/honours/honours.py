"""`/honours`, 荣誉: see zero-case streaks, certificates and star families; admins award, and withdraw with a reason
(docs/rules.md 38)."""

import re
from collections.abc import Callable, Mapping

from handlers.core import admin_arguments, asking, confirmations
from handlers.core.access import ADMIN, LEAD, MEMBER, may
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import AnyHonourId, HonourId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import HONOURS, verb
from handlers.exports import list_files
from handlers.honours import honours_file, posting, standing
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.honours import honours
from models.honours.honours import Honour
from models.organisation.units import Unit

router = Router("honours", MEMBER)

SHOWN = 10  # of each list in the chat
AWARD = "honours.award"
QUOTES = '"“”「」『』'
ASKED = re.compile(r"^(?P<unit>=u\d{1,9}) title=(?P<title>.*)(?P<rest>)$")  # the answer to the question for a title
# a title in quotes, as any keyboard makes them, and a reason after it
TITLED = re.compile(r'^(?P<unit>.*?)\s*["“”「『](?P<title>[^"“”「」『』]*)["“”」』]\s*(?P<rest>.*)$')
REASON = re.compile(r"^(?:reason|理由|原因|事由)\s*[=＝:：]\s*(?P<reason>.*)$", re.I)


@router.command("honours", word="荣誉", takes_words=True, group=Group.RECORD)
def handle(turn: Turn, words: str) -> None:
    """Show honours and streaks; with a verb, do that: show, award, undo, export."""
    said, rest = verb(words, HONOURS)
    if said is None and rest and rest[0].lstrip("№#").isdecimal():
        said = "show"
    if said is None and rest:
        raise Refusal("honours.no_verb", typed=rest[0][:20])
    VERBS[said or "list"](turn, " ".join(rest))


def overview(turn: Turn, words: str = "") -> None:
    """Show the streaks of the speaker's units, everybody's newest honours, and households with stars."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = standing.seen(turn, turn.words, turn.person, tops, SHOWN)
    turn.say("honours/list", found=found, lead=bool(tops), admin=may(turn, ADMIN))


def show(turn: Turn, words: str) -> None:
    """Show one honour with its certificate. Raises `honours.no_honour`."""
    _show(turn, _numbered(turn, words))


def _numbered(turn: Turn, words: str) -> Honour:
    number = words.split(maxsplit=1)[0].lstrip("№#") if words.split() else ""
    found = turn.session.get(Honour, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise Refusal("honours.no_honour")
    return found


def _show(turn: Turn, it: Honour) -> None:
    turn.send(posting.certificate(turn, turn.words, it))
    unit = turn.session.get_one(Unit, it.unit_id)
    if it.withdrawn_at is None and permissions.may_admin(turn.session, turn.person, unit.path):
        turn.say("honours/keys", one=standing.told(turn.session, turn.words, it, unit))


def award(turn: Turn, words: str) -> None:
    """Ask to confirm an award: `award unit "title" reason=…`; what is missing is asked for."""
    if not may(turn, ADMIN):
        raise Refusal("honours.admins_only")
    if not words:
        options = [Option(it.path, f"honours award =u{it.id}") for it in admin_arguments.all_units(turn)]
        asking.choose(turn, "unit", options)
        return
    parts = ASKED.match(words) or TITLED.match(words)
    unit = _unit(turn, parts["unit"] if parts else words)
    if parts is None:
        asking.for_words(turn, "honours_title", f"honours award =u{unit.id} title={{}}", path=unit.path)
        return
    title, given = parts["title"].strip(f"{QUOTES} "), REASON.match(parts["rest"])
    reason = given["reason"] if given else parts["rest"]
    if _quoted(title) or (not given and _quoted(reason)):
        raise Refusal("honours.quoted")
    if not reason:
        honours.refuse_words(title, "–")
        asking.for_words(turn, "honours_reason", f'honours award =u{unit.id} "{title}" reason={{}}', title=title)
        return
    honours.refuse_words(title, reason)
    arguments = {"unit": unit.id, "title": title, "reason": reason}
    confirmations.ask(turn, AWARD, arguments, "honours/award", unit=unit, title=title, reason=reason)


def _quoted(words: str) -> bool:
    return any(it in QUOTES for it in words)


def _unit(turn: Turn, words: str) -> Unit:
    marked = re.fullmatch(r"=u(\d{1,9})", words.strip())
    if not marked:
        found, rest = admin_arguments.unit(turn, words.split())
        if rest:
            raise Refusal("honours.quotes")
        return found
    unit = turn.session.get(Unit, int(marked[1]))
    admin_arguments.refuse_unless_admin(turn, unit.path if unit else "")
    return turn.session.get_one(Unit, int(marked[1]))


@router.confirmed(AWARD, role=ADMIN)
def awarded(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Make the award; its certificate goes to the unit's group."""
    unit = turn.session.get_one(Unit, asked.arguments["unit"])
    admin_arguments.refuse_unless_admin(turn, unit.path)
    title, reason = asked.arguments["title"], asked.arguments["reason"]
    zone = turn.defaults.zone
    it = honours.award(turn.session, unit, title, reason, turn.person, turn.today, turn.now, zone)
    detail = {"number": it.id, "title": it.title, "reason": it.reason}
    audit.note(turn.session, turn.now, turn.person.staff_no, "honour awarded", unit.path, **detail)
    turn.say("honours/awarded", one=standing.told(turn.session, turn.words, it, unit))


def undo(turn: Turn, words: str) -> None:
    """Withdraw an honour by its number, with a reason. Raises `honours.admins_only`, `honours.withdrawn`."""
    if not may(turn, ADMIN):
        raise Refusal("honours.admins_only")
    it, reason = _numbered(turn, words), " ".join(words.split()[1:])
    unit = turn.session.get_one(Unit, it.unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path)
    if it.withdrawn_at is not None:
        raise Refusal("honours.withdrawn", number=it.id)
    given = REASON.match(reason)
    reason = given["reason"] if given else reason
    if not reason:
        asking.for_words(turn, "honours_undo", f"honours undo {it.id} {{}}", number=it.id)
        return
    honours.refuse_words("–", reason)
    honours.withdraw(turn.session, it, reason, turn.person, turn.now)
    audit.note(turn.session, turn.now, turn.person.staff_no, "honour withdrawn", unit.path, number=it.id, reason=reason)
    posting.bring_up_to_date(turn, it)
    turn.send(posting.certificate(turn, turn.words, it))


def export(turn: Turn, words: str) -> None:
    """Send what leads and admins see as an Excel file. Raises `honours.leads_only`."""
    if not may(turn, LEAD):
        raise Refusal("honours.leads_only")
    tops = permissions.leads(turn.session, turn.person, turn.today)
    list_files.send(turn, honours_file.Honours(), honours_file.asked(tops))


@router.button("show")
def tap_show(turn: Turn, honour_id: AnyHonourId) -> None:
    """Show a certificate."""
    _show(turn, _numbered(turn, str(honour_id)))


@router.button("new", role=ADMIN)
def tap_new(turn: Turn) -> ToCommand:
    """Award something, step by step."""
    return ToCommand("honours", "award")


@router.button("undo", role=ADMIN)
def tap_undo(turn: Turn, honour_id: HonourId) -> None:
    """Withdraw an honour: ask why."""
    undo(turn, str(honour_id))


@router.button("excel", role=LEAD)
def tap_excel(turn: Turn) -> None:
    """Send the Excel file."""
    export(turn, "")


VERBS: Mapping[str, Callable[[Turn, str], None]] = {
    "list": overview, "show": show, "award": award, "undo": undo, "export": export,
}  # fmt: skip

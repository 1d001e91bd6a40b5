"""`/dashboard`, 看板: give a link that opens the dashboard once, sign out everywhere, or make and withdraw tokens."""

from handlers.core.access import MEMBER
from handlers.core.groups import Group
from handlers.core.ids import ReportId, RoundId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import SIGN_OUT, TOKEN, WITHDRAW
from handlers.reporting import form_page, survey_page
from models.core import audit
from models.messaging import dashboard_keys as keys
from models.messaging import enrolment_links
from models.messaging.dashboard_keys import Kind

router = Router("dashboard", MEMBER)


@router.command("dashboard", word="看板", takes_words=True, group=Group.RECORD)
def dashboard(turn: Turn, words: str) -> None:
    """Answer with a link in the person's own chat; with `off`, end all their sessions and links; with `token`, list,
    make or withdraw tokens."""
    first, _, rest = words.strip().partition(" ")
    if first.lower() in SIGN_OUT:
        _sign_out(turn)
    elif first.lower() in TOKEN:
        _token(turn, rest.strip())
    else:
        _open(turn)


@router.button("open")
def tap_open(turn: Turn) -> None:
    """Answer with a link, where the button does not open the dashboard itself."""
    _open(turn)


@router.button("form")
def tap_form(turn: Turn, report_id: ReportId) -> None:
    """Answer with a link to the page on which this report's form is filled in, where the button does not open it
    itself."""
    form_page.find(turn, report_id)
    base, channel = turn.defaults.public_url, turn.here.channel
    by_link = turn.defaults.doors.get(channel) == "link"
    turn.say(
        "dashboard/form_link",
        link=_link(turn, "in", Kind.LINK, f"{FORM}{report_id}"),
        until=turn.now + keys.LASTS[Kind.LINK],
        here=not base,
        door=f"{base}/dashboard/{channel}?report={report_id}" if by_link else None,
    )


@router.button("answer")
def tap_answer(turn: Turn, round_id: RoundId) -> None:
    """Answer with a link to the page on which a named survey's form is filled in."""
    survey_page.find(turn, round_id)
    turn.say(
        "dashboard/form_link", link=_link(turn, "in", Kind.LINK, f"{SURVEY}{round_id}"), door=None,
        until=turn.now + keys.LASTS[Kind.LINK], here=not turn.defaults.public_url,
    )  # fmt: skip


SURVEY = "survey "  # what the name of a link begins with that leads to the form of a survey
FORM = "form "  # what the name of a link begins with that leads to the form of a report
FILL = router.data("form", 0).removesuffix("0")  # what a button's data begins with that opens a form's page
OPEN = router.data("open")  # what the button carries that opens the dashboard where the platform says who taps


def _open(turn: Turn) -> None:
    """Say how to open the dashboard: by this channel's own way in, if it has one, and by a link for one use."""
    base, channel = turn.defaults.public_url, turn.here.channel
    way = turn.defaults.doors.get(channel)
    turn.say(
        "dashboard/link",
        link=_link(turn, "in", Kind.LINK),
        until=turn.now + keys.LASTS[Kind.LINK],
        here=not base,
        opens=way == "button",
        door=f"{base}/dashboard/{channel}" if way == "link" else None,
    )


def _sign_out(turn: Turn) -> None:
    session, person, now = turn.session, turn.person, turn.now
    keys.end_all(session, person, [Kind.LINK, Kind.TOKEN_LINK], now)
    count = keys.end_all(session, person, [Kind.SESSION], now)
    turn.say("dashboard/off", count=count, tokens=len(keys.living(session, person, [Kind.TOKEN], now)))


def _token(turn: Turn, words: str) -> None:
    """List the person's tokens; with a name, give a link to a page that makes one and shows it once, so that it never
    stands in a chat; with `off`, withdraw the one of this name, or all."""
    first, _, rest = words.partition(" ")
    name = " ".join(words.split())[: keys.LONGEST_NAME]
    if not name:
        turn.say("dashboard/tokens", tokens=keys.living(turn.session, turn.person, [Kind.TOKEN], turn.now))
    elif first.lower() in WITHDRAW:
        _withdraw(turn, " ".join(rest.split()))
    else:
        keys.check_new_token(turn.session, turn.person, name, turn.now)
        turn.say("dashboard/token_link", link=_link(turn, "token", Kind.TOKEN_LINK, name), name=name)


def _withdraw(turn: Turn, name: str) -> None:
    count = keys.end_all(turn.session, turn.person, [Kind.TOKEN], turn.now, name or None)
    if count:
        audit.note(turn.session, turn.now, turn.person.staff_no, "token withdrawn", turn.person.staff_no, said=name)
    turn.say("dashboard/token_off", count=count, name=name)


def _link(turn: Turn, door: str, kind: Kind, name: str = "") -> str | None:
    """Return a new link; None if the program has no address."""
    base = turn.defaults.public_url or (enrolment_links.page(turn.session) or "").rstrip("/")
    token = keys.issue(turn.session, kind, turn.here, turn.person, turn.now, name) if base else ""
    return f"{base}/dashboard/{door}/{token}" if base else None

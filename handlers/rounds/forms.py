"""Find the forms that a survey may ask."""

from handlers.core import bundled
from handlers.core.turn import Turn
from models.authority import permissions
from models.core.errors import Refusal
from models.forms import versions
from models.forms.versions import FormVersion
from models.rounds import surveys

SHOWN = 24  # forms to choose from


def offered(turn: Turn, *, quizzes: bool = False) -> list[FormVersion]:
    """Return the newest versions of the forms that the speaker may ask: those of units above theirs or below, without
    those that ask for files; or only the quizzes of them. A form that nobody uses yet has no id. The first `SHOWN` have
    a button; the others are typed."""
    session, now = turn.session, turn.now
    tops = permissions.leads(session, turn.person, turn.today)
    codes = [code for code in bundled.known(session) if versions.concerns(session, tops, code)]
    found = [it for code in codes if (it := bundled.latest(session, code, now))]
    return [it for it in found if _fits(it) and (it.spec.quiz or not quizzes)]


def _fits(version: FormVersion) -> bool:
    try:
        surveys.refuse_form(version.spec)
    except Refusal:
        return False
    return True


def find(turn: Turn, code: str, *, anonymous: bool = False) -> FormVersion:
    """Return the newest version of a form that the speaker may ask. Raises `surveys.no_form`, and as
    `surveys.refuse_form`."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = bundled.latest(turn.session, code, turn.now)
    if found is None or not versions.concerns(turn.session, tops, code):
        raise Refusal("surveys.no_form", typed=code[:40])
    surveys.refuse_form(found.spec, anonymous=anonymous)
    return found


def stored(turn: Turn, code: str, *, anonymous: bool) -> FormVersion:
    """Return it as it is stored: one that comes with the program belongs to the root from its first use on."""
    found = find(turn, code, anonymous=anonymous)
    return found if found.id else versions.store(turn.session, found.source, turn.now)[0]

"""Gather the page on which a recipient fills in a named survey's form: the same questions, checks and marks as a
report's page (docs/rules.md 26.2 to 26.5, 30.10)."""

from dataclasses import dataclass, field
from datetime import date

from handlers.core.incoming import FilledPage
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.dashboard.filling import Asked, OfQuestions, asks
from handlers.dashboard.link_page import OfForm
from handlers.reporting import form_page, survey_page
from handlers.reporting.form_page import Judged
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Round, RoundVersion
from models.time.times import day_at


@dataclass
class AnswerPage(OfQuestions):
    """The page. `answered` says that the answers are in and not being changed; `stopped` why nothing more is taken, and
    `earlier` that answers given before count until these are submitted."""

    asked: OfForm
    words: Renderer
    today: date
    it: Round
    version: RoundVersion
    unit: Unit
    by: Person
    reply: Reply
    draft: bool
    head: int
    asks: list[Asked] = field(default_factory=list)
    answered: bool = False
    earlier: bool = False
    stopped: str = ""
    said: str = ""
    bad: bool = False
    ended: bool = False
    tried: bool = False
    csrf: str = ""


def gather(turn: Turn, number: int, *, change: bool = False, sent: FilledPage | None = None) -> AnswerPage:
    """Return the page as it stands, with what `sent` holds that could not be taken. Raises as `survey_page.find`."""
    session = turn.session
    it, reply, draft = survey_page.find(turn, number)
    version, words = rounds.newest(session, it), turn.words_for(turn.person, it.timezone)
    page = AnswerPage(
        OfForm(surveys.form_of(session, it)), words, day_at(turn.now, it.timezone), it, version,
        session.get_one(Unit, it.unit_id), session.get_one(Person, version.by), reply, draft is not None,
        survey_page.head(reply),
    )  # fmt: skip
    page.answered = reply.number > 0
    try:
        surveys.refuse_answers(session, it, reply, turn.now)
    except Refusal as refusal:
        page.stopped = words.refusal(refusal)
        return page
    done = sent is not None and sent.do in ("submit", "drop") and draft is None
    if page.answered and not draft and (done or (sent is None and not change)):
        return page
    page.answered, page.earlier = False, page.answered
    stood = survey_page.stood(reply, draft)
    judged = form_page.judge(page.asked.form, stood, sent, page.today) if sent else Judged(dict(stood))
    page.tried = sent is not None and (sent.tried or sent.do == "submit")
    page.asks = list(asks(page.asked.form, words, page.today, stood, judged, sent, tried=page.tried))
    return page

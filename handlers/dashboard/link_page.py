"""Gather the page behind a survey's link, for somebody without an account, and take what it sends: the same questions,
checks and marks as a report's page (docs/rules.md 26.2 to 26.5, 32.4)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.incoming import FilledPage
from handlers.core.rendering import Renderer
from handlers.dashboard.filling import Asked, OfQuestions, asks
from handlers.questions import by_link
from handlers.questions.by_link import Talk
from handlers.reporting import form_page, survey_page
from handlers.reporting.form_page import Judged
from models.conversations import drafts
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.forms.answers import clean
from models.forms.spec import FormSpec
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import link_counts, links, rounds, surveys
from models.rounds.links import Found
from models.rounds.rounds import Round, RoundVersion
from models.time.times import day_at


@dataclass(frozen=True)
class OfForm:
    """What `templates/dashboard/_ask.j2` asks of a page's subject."""

    form: FormSpec


@dataclass
class LinkPage(OfQuestions):
    """The page. `stopped` says why nothing is taken, and `answered` that it was answered; otherwise the questions stand
    there. `saves` says that what is entered is kept: of a personal link to a named survey; `earlier` that answers given
    before count until these are submitted."""

    asked: OfForm
    words: Renderer
    today: date
    it: Round
    version: RoundVersion
    unit: Unit
    by: Person
    person: Person | None
    token: str
    saves: bool
    draft: bool = False
    earlier: bool = False
    several: bool = False
    head: int = 0
    asks: list[Asked] = field(default_factory=list)
    answered: bool = False
    changeable: bool = False
    stopped: str = ""
    said: str = ""
    bad: bool = False
    tried: bool = False
    talk: Talk | None = None
    csrf: str = ""
    nonce: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of what a page sent: `said` to whoever sent it, a refusal if `bad`, for now if `fast`; `done` where
    the answers are in."""

    said: str = ""
    bad: bool = False
    done: bool = False
    fast: bool = False


def gather(
    context: Context, found: Found, token: str, locale: str, *, sent: FilledPage | None = None, change: bool = False,
    answered: bool = False, sought: str = "",
) -> LinkPage:  # fmt: skip
    """Return the page as it stands, with what `sent` holds that could not be taken; `answered` says that this browser
    has answered an open link, `change` that somebody wants to change what they answered, and `sought` which
    published answers they look for."""
    session, it = context.session, found.round
    words = Renderer(locale, it.timezone, rehearsal=context.defaults.rehearsal, today=context.today)
    version = rounds.newest(session, it)
    draft = _draft(session, found)
    page = LinkPage(
        OfForm(surveys.form_of(session, it)), words, day_at(context.now, it.timezone), it, version,
        session.get_one(Unit, it.unit_id), session.get_one(Person, version.by), found.person, token,
        saves=found.person is not None, draft=draft is not None, several=found.link.several,
        head=survey_page.head(found.reply),
    )  # fmt: skip
    page.talk = by_link.gather(context, found, sought)
    page.answered = answered or (found.reply is not None and found.reply.number > 0)
    try:
        _refuse(context, found)
    except Refusal as refusal:
        page.stopped = words.refusal(refusal)
        return page
    page.changeable = page.answered and found.person is not None
    if page.answered and not (change or draft or (sent and found.person)):
        return page
    page.answered, page.earlier = False, page.changeable
    stood = _stood(found, draft)
    judged = form_page.judge(page.asked.form, stood, sent, page.today) if sent else Judged(dict(stood))
    page.tried = sent is not None and (sent.tried or sent.do == "submit")
    page.asks = list(asks(page.asked.form, words, page.today, stood, judged, sent, tried=page.tried))
    return page


def _draft(session: Session, found: Found) -> Draft | None:
    return drafts.of_round(session, found.round.id, found.person) if found.person else None


def _stood(found: Found, draft: Draft | None) -> dict[str, Any]:
    """Return the answers so far: those of the draft, else those that were given; by an open link the page alone holds
    them."""
    given = found.reply.answers if found.reply else None
    return dict((draft.answers if draft else given) or {})


def _refuse(context: Context, found: Found) -> None:
    """Raise what keeps this link from taking answers."""
    if found.reply is not None:
        surveys.refuse_answers(context.session, found.round, found.reply, context.now)
    else:
        links.refuse_open(context.session, found.round, context.now)


def take(context: Context, found: Found, sent: FilledPage, words: Renderer, mark: str) -> Outcome:
    """Take what a page sent: keep what a personal link's changed, and file it if that was pressed. `mark` is what an
    open link's answers are known by. Raises what keeps the link from taking answers."""
    _refuse(context, found)
    session, form = context.session, surveys.form_of(context.session, found.round)
    draft = _draft(session, found)
    stood = _stood(found, draft)
    it = form_page.judge(form, stood, sent, day_at(context.now, found.round.timezone))
    if sent.do == "drop":
        if draft:
            drafts.discard(session, draft)
        return Outcome()
    if found.person and it.changed:
        draft = draft or drafts.answer(session, found.round.id, found.person, stood, context.now)
        draft.answers, draft.at = dict(it.answers), context.now
        session.add(draft)
        session.flush()
    if sent.do != "submit":
        return Outcome()
    if found.reply is not None and survey_page.again(form, found.reply, sent, it):
        return Outcome(done=True)
    refusal = survey_page.unfit(form, found.reply, sent, it, words.locale)
    if refusal is not None:
        return Outcome(words.refusal(refusal), bad=True)
    answers = clean(form, it.answers)
    if found.person is None or found.reply is None:
        before = found.round.opened
        taken = links.take_open(session, found.round, answers, mark, context.now, context.defaults.survey_key)
        if found.round.opened > before:
            link_counts.add(session, found.round.unit_id, context.now, answers=1)
        return Outcome(done=True) if taken else _bad(words, "surveys.device")
    if found.reply.number != found.round.number:
        link_counts.add(session, found.round.unit_id, context.now, answers=1)
    surveys.take(session, found.round, found.reply, answers, context.now, context.defaults.survey_key)
    if draft:
        drafts.discard(session, draft)
    return Outcome(done=True)


def _bad(words: Renderer, key: str, **values: Any) -> Outcome:
    return Outcome(words.refusal(Refusal(key, **values)), bad=True)

"""`/survey`, 问卷: choose a form, to whom, named or anonymous, until when; see results (docs/rules.md 30). The
steps that a notice has as well are the notice's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from handlers.core.access import LEAD
from handlers.core.button_values import Letters
from handlers.core.groups import Group
from handlers.core.ids import ConfirmationId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import LIST
from handlers.rounds import forms, messages, notice_draft, notice_proof, outside, standing
from handlers.rounds.notice_draft import Draft
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.forms.spec import say
from models.organisation.kinds import Kind
from models.organisation.units import Unit
from models.rounds import audience, replies, rounds
from models.rounds.rounds import Asks, Round, RoundKind

router = Router("survey", LEAD)

Code = Annotated[str, Letters("[A-Za-z0-9_-]", 40)]
SHOWN = 8  # surveys in the list
STEPS = ("form", "whom", "named", "due")


@router.command("survey", word="问卷", group=Group.WORD)
def survey(turn: Turn, words: str) -> None:
    """Begin a survey, with its form if that follows; `list` shows those sent, a number one of them, a
    number and a name that person’s attempts at a quiz, or whether that person outside has answered."""
    said = words.strip()
    if said.lower() in LIST:
        show_list(turn)
    elif found := notice_proof.split(turn, said):
        number, name = found
        it, tops = standing.seen(turn, turn.person, number)
        if name and it.asks == Asks.FORM:
            _show_one(turn, it, tops, name)
        elif name:
            notice_proof.show(turn, it, name)
        else:
            standing.show(turn, it)
    else:
        draft = Draft(kind=RoundKind.SURVEY, step="form", asks=Asks.FORM, missing=STEPS)
        draft = _typed(turn, draft, said) if said else draft
        notice_draft.show(turn, notice_draft.begin(turn, draft), draft, below=True)


def _typed(turn: Turn, draft: Draft, said: str) -> Draft:
    """Take a form that was typed. Raises as `read_form`, and `surveys.nobody` for a number and a name that is no
    recipient of the speaker's, whether there is such a survey or not."""
    try:
        return read_form(turn, draft, said)
    except Refusal as refusal:
        number, _, name = said.removeprefix("№").partition(" ")
        if refusal.key == "surveys.no_form" and number.isdecimal() and name:
            raise Refusal("surveys.nobody", number=number[:8], name=name.strip()[:40]) from None
        raise


def _show_one(turn: Turn, it: Round, tops: Sequence[Unit], name: str) -> None:
    """Show whether somebody outside has answered, and offer them a new link. Raises `surveys.not_outside`."""
    found = [(reply, person) for reply, person in replies.named(turn.session, it, name, tops) if reply.outside]
    if not found:
        raise Refusal("surveys.not_outside", name=name[:40])
    turn.say(
        "rounds/survey_one",
        it=it,
        found=found[:SHOWN],
        title=messages.title(turn, turn.words, it, rounds.newest(turn.session, it)),
    )


def show_list(turn: Turn) -> None:
    """List the newest surveys that the speaker sent or whose recipients they lead."""
    found, total = standing.visible(turn, turn.person, RoundKind.SURVEY, SHOWN)
    turn.say("rounds/surveys", lines=[standing.line(turn, it, turn.person) for it in found], total=total)


@router.button("list")
def tap_list(turn: Turn) -> None:
    """Show the list of surveys."""
    show_list(turn)


def read_form(turn: Turn, draft: Draft, text: str) -> Draft:
    """Take the form by its code or title; a quiz is never anonymous. A notice has its own text already, and asks for a
    quiz only. Raises as `forms.find`, and `quizzes.not_a_quiz`."""
    titled = {words: it.code for it in forms.offered(turn) for words in it.spec.title.values()}
    form = forms.find(turn, titled.get(text.strip(), text.strip())).spec
    if draft.kind == RoundKind.NOTICE:
        if form.quiz is None:
            raise Refusal("quizzes.not_a_quiz", title=form.title)
        return replace(draft, form=form.code).done("form")
    made = replace(draft, form=form.code, words=say(form.title, turn.words.locale), anonymous=False)
    missing = tuple(dict.fromkeys([*made.missing, "named"])) if not form.quiz else tuple(
        step for step in made.missing if step != "named"
    )  # fmt: skip
    return replace(made, asks=Asks.QUIZ if form.quiz else Asks.FORM, missing=missing).done("form")


@router.button("form")
def tap_form(turn: Turn, pending_id: ConfirmationId, code: Code) -> None:
    """Choose the form."""
    pending, draft = _at(turn, pending_id, "form")
    notice_draft.keep(turn, pending, read_form(turn, draft, code))


@router.button("who")
def tap_who(turn: Turn, pending_id: ConfirmationId, who: Literal["outside", "both", "once", "several"]) -> None:
    """Ask people outside, by personal links, instead of employees or as well; or nobody but whoever has an open link,
    once per device or several times."""
    pending, draft = _at(turn, pending_id, "role")
    if draft.asks != Asks.FORM:
        raise Refusal("surveys.quiz_outside")
    outside.base(turn)  # without a page there is no link
    kinds = {"outside": (Kind.OUTSIDE,), "both": notice_draft.ANY}.get(who, ())
    made = replace(draft, roles=(), kinds=kinds, open="" if kinds else who)
    if who == "outside" or who == "both":
        _refuse_none_outside(turn, made)
    notice_draft.keep(turn, pending, made.done("role"))


def _refuse_none_outside(turn: Turn, draft: Draft) -> None:
    """Raise `surveys.nobody_outside` where nobody outside belongs to the units chosen."""
    if not audience.reached(turn.session, draft.audience(turn.person), turn.today).outside:
        raise Refusal("surveys.nobody_outside")


@router.button("named")
def tap_named(turn: Turn, pending_id: ConfirmationId, how: Literal["named", "anonymous"]) -> None:
    """Choose whether answers have a name."""
    pending, draft = _at(turn, pending_id, "named")
    if how == "anonymous":
        if not turn.defaults.survey_key:
            raise Refusal("surveys.no_key")
        forms.find(turn, draft.form, anonymous=True)
        if audience.reached(turn.session, draft.audience(turn.person), turn.today).outside:
            raise Refusal("surveys.anonymous_outside")
    notice_draft.keep(turn, pending, replace(draft, anonymous=how == "anonymous").done("named"))


def _at(turn: Turn, pending_id: int, step: str) -> tuple[Confirmation, Draft]:
    """Return a draft of the speaker's at this step. Raises `pending.gone`."""
    pending, draft = notice_draft.held(turn, pending_id)
    if draft.step != step:
        raise Refusal("pending.gone")
    return pending, draft

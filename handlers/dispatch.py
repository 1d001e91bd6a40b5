"""Dispatch each Incoming: find out who said what, check roles, and call the behaviour. No other module does."""

import logging
from contextlib import nullcontext

from handlers import registry, strangers, typed_commands
from handlers.absence import leave
from handlers.core import asking, did_you_mean, menu_numbers
from handlers.core.access import ADMIN, may
from handlers.core.incoming import Event, Location
from handlers.core.router import Command, ToCommand, ToConfirmed
from handlers.core.turn import File, Turn
from handlers.core.vocabulary import BACK, CANCEL, GREETINGS, HELP, LEAVING, QUESTION_MARKS, bare
from handlers.duty import on_duty
from handlers.messaging import downloads, in_groups, reachability
from handlers.organisation import checklist, start
from handlers.organisation import help as helping
from handlers.reporting import attach, form_input, form_page, proxy, report, survey_page
from handlers.rollcall import safe
from handlers.rounds import survey_answers
from models.conversations import drafts, expected_input
from models.conversations.expected_input import ExpectedInput
from models.core import typed_text
from models.core.errors import Refusal
from models.files import blobs
from models.messaging import addresses, cards

log = logging.getLogger("zeroreport")
ROUTES = registry.ROUTES
ENROLLING = (Event.BACK, Event.JOINED)  # events that enrol a person for whom the platform vouches
MOST_WORDS = 80  # after any other command, because each word may be looked up as a name
MEANT_AS_ZERO = {"正常", "无", "0", "没有", "无异常", "一切正常", "none", "nothing", "normal", "ok"}
ACKNOWLEDGED = {"收到", "好的", "好", "知道了", "roger", "received", "got it"}


def handle(turn: Turn) -> None:
    """Answer one Incoming. A Refusal undoes what was begun and becomes its sentence; any other error is reported by the
    desk."""
    turn.incoming = turn.incoming.cleaned()
    found = addresses.who(turn.session, turn.incoming.channel, turn.incoming.account)
    if found:
        turn.speaker, turn.address = found
        if turn.incoming.event is None:
            reachability.heard(turn)
    try:
        with turn.session.begin_nested() if found else nullcontext():  # a stranger's wrong code counts all the same
            _dispatch(turn)
    except Refusal as refusal:
        if turn.on_refusal:
            turn.on_refusal()
        _refuse(turn, refusal)


def _refuse(turn: Turn, refusal: Refusal) -> None:
    sentence = turn.words.refusal(refusal)
    if turn.incoming.pressed:
        turn.toast("core/refused", sentence=sentence, alert=True)
    elif turn.address is not None and did_you_mean.offered(turn, refusal):
        return
    elif turn.address is not None:
        turn.say("core/refused", sentence=sentence)


def _dispatch(turn: Turn) -> None:
    """Separate what is private from what is not; no other function does."""
    incoming = turn.incoming
    if incoming.event is not None and not (turn.speaker is None and incoming.event in ENROLLING and incoming.vouched):
        ROUTES.events[incoming.event](turn)
    elif not incoming.private:
        _in_group(turn)
    elif turn.speaker is None:
        strangers.answer(turn)
    elif incoming.edited:
        form_input.edited(turn)
    elif incoming.data is not None:
        tapped(turn, incoming.data)
    elif incoming.page is not None:
        (survey_page if incoming.page.survey else form_page).taken(turn, incoming.page)
    elif incoming.file is not None:
        _file(turn, incoming.file)
    elif incoming.remote is not None:
        downloads.keep(turn)
    elif incoming.location is not None:
        _place(turn, incoming.location)
    elif incoming.text is not None:
        _typed(turn, incoming.text.strip())


def _in_group(turn: Turn) -> None:
    """Handle what is said and done in a group: only commands and taps are for us, and both are answered in the person's
    own chat. Files, places, corrections and talk are ignored, except for codes in them."""
    incoming = turn.incoming
    if incoming.text and in_groups.codes_ended(turn):
        return
    if incoming.data is not None:
        if turn.speaker is not None:
            tapped(turn, incoming.data)
    elif incoming.text and not incoming.edited and incoming.file is None:
        name, rest = typed_commands.split(incoming.text.strip())
        command = ROUTES.by_name.get(name) if name else None
        if command and in_groups.reachable(turn):
            _run(turn, command, "" if command.name == "start" else rest)
            in_groups.answered(turn)


def _file(turn: Turn, file: File) -> None:
    """Offer a file to those who may have a use for it, in the order of the registry."""
    blobs.refuse_if_too_large(file.size)
    next(it for it in ROUTES.files if may(turn, it.role) and it.run(turn))


def _place(turn: Turn, place: Location) -> None:
    """Take a shared place as an answer; if nothing asked for it, say so."""
    if safe.located(turn, place) or on_duty.located(turn, place):
        return
    form = drafts.active(turn.session, turn.person)
    if form and form.takes_answers:
        form_input.located(turn, form, place)
    else:
        attach.place(turn)


def _confirm(turn: Turn, said: ToConfirmed) -> None:
    """Carry out a confirmed question: the role is checked again, then whatever the behaviour checks."""
    it = ROUTES.confirmed[said.asked.action]
    if may(turn, it.role):
        it.run(turn, said.asked, today=said.today)
    else:
        turn.toast("core/not_yours", alert=True)


def tapped(turn: Turn, data: str) -> None:
    """Answer a button. Who tapped it is known from the chat, and the role is checked here each time; what it names is
    checked by the behaviour."""
    button, values = ROUTES.button(data)
    if button is None or not may(turn, button.role):
        turn.toast("core/not_yours", alert=True)
        return
    try:
        arguments = button.read(values)
    except ValueError:
        log.info("a button that is none of ours: %r", data[:64])
        turn.toast("core/not_yours", alert=True)
        return
    with checklist.leading_on(turn, button.role):
        _go_on(turn, button.run(turn, *arguments))


def _go_on(turn: Turn, then: object) -> None:
    """Run what a button leads to after its own function."""
    if isinstance(then, ToConfirmed):
        _confirm(turn, then)
    elif isinstance(then, ToCommand):
        command = ROUTES.by_name.get(then.command)
        if command:
            _run(turn, command, then.words)
        else:
            turn.toast("core/not_yours", alert=True)


def _typed(turn: Turn, text: str) -> None:
    name, rest = typed_commands.split(text)
    command = ROUTES.by_name.get(name) if name else None
    leaving = bare(text) in LEAVING
    form = drafts.active(turn.session, turn.person)
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if not name and (data := asking.picked(turn, text)):
        _tap_in_words(turn, data)
    elif expected and not command and (leaving or not name):
        _take_expected(turn, expected, text, leaving=leaving)
    elif form and not command and (bare(text) in (*BACK, *CANCEL) or not name):
        _in_form(turn, form, text)
    elif command:
        _run(turn, command, rest)
    else:
        _plain(turn, text)


def _in_form(turn: Turn, form: drafts.Draft, text: str) -> None:
    """Take typed words as an answer, or as a button of the form's own message, by its number or its label."""
    survey_answers.typed(turn, form, text)  # a choice's number or label is an answer as well
    menu = cards.newest_menu(turn.session, turn.here)
    command, rest = typed_commands.instead_of_answer(text, turn.today)
    if menu and (data := menu_numbers.in_form(ROUTES, menu, text)):
        _tap_in_words(turn, data)
    elif form.proxy and form.reason is None:
        proxy.typed(turn, form, text)
    elif command and not form_input.reads(turn, form, text):
        _run(turn, command, rest)
    else:
        form_input.typed(turn, form, text)


def _tap_in_words(turn: Turn, data: str) -> None:
    """Answer a button chosen by words: nobody tapped, so what would be a toast becomes a message."""
    tapped(turn, data)
    if turn.answer:
        turn.say("core/refused", sentence=turn.answer.text)


def _take_expected(turn: Turn, expected: ExpectedInput, text: str, *, leaving: bool) -> None:
    """Take words that were asked for: an answer, a command that is none, or 返回, 取消."""
    it, asked = ROUTES.expected[expected.use], asking.Asked.of(expected)
    if (data := _labelled(turn, text)) and data.partition(".")[0] == expected.use:  # on its own card
        _tap_in_words(turn, data)
        return
    command, rest = typed_commands.instead_of_answer(text, turn.today)
    if command and not leaving:
        if not _taken(turn, expected, text):
            _run(turn, command, rest)
    elif not leaving:
        _go_on(turn, it.run(turn, expected, text))
        if turn.refused:
            asking.again(turn, expected, asked)
    elif it.dropped:
        it.dropped(turn, expected)
    else:
        turn.say("core/expectation_over")
        expected_input.stop_expecting(turn.session, turn.person, turn.now)


def _taken(turn: Turn, expected: ExpectedInput, text: str) -> bool:
    """Say whether words that name a command are an answer to what was asked, and take them then; what cannot take them
    is left as it was."""
    tried = turn.session.begin_nested()
    try:
        _go_on(turn, ROUTES.expected[expected.use].run(turn, expected, text))
    except Refusal:
        turn.refused = True
    if turn.refused:
        tried.rollback()
        turn.refused, turn.on_refusal = False, None
        return False
    tried.commit()
    return True


def _plain(turn: Turn, text: str) -> None:
    """Handle words without a slash: a Chinese command word, a number from the newest menu, or anything else, which gets
    help."""
    said = bare(text)
    command, rest = typed_commands.without_slash(text, turn.today)
    if command:
        _run(turn, command, rest)
    elif said in GREETINGS:
        start.start(turn, "")
    elif said in HELP or text in QUESTION_MARKS:
        helping.show(turn, "")
    elif said in LEAVING:
        _leave(turn, text)
    elif typed_commands.slashed(text):
        helping.unknown(turn, text)
    elif said in MEANT_AS_ZERO:
        report.maybe_zero(turn, text)
    elif (said.isdecimal() and len(said) <= 2 and (data := _numbered(turn, int(said)))) or (
        data := _labelled(turn, text)
    ):
        _tap_in_words(turn, data)
    elif said in ACKNOWLEDGED:
        helping.acknowledged(turn, text)
    elif not leave.typed(turn, text):
        asking.refuse_other(turn, text)
        helping.unknown(turn, text)


def _leave(turn: Turn, text: str) -> None:
    """Cancel what the newest buttons or the words asked for would do; if nothing waits, say so."""
    data = next((data for word in (text, *CANCEL) if (data := _labelled(turn, word))), None)
    if data:
        _tap_in_words(turn, data)
    elif not asking.left(turn) and not leave.left(turn):
        turn.say("core/nothing_to_cancel")


def _numbered(turn: Turn, number: int) -> str | None:
    menu = cards.newest_menu(turn.session, turn.here)
    buttons = menu_numbers.numbered(ROUTES, menu) if menu else []
    return buttons[number - 1].data if 0 < number <= len(buttons) else None


def _labelled(turn: Turn, text: str) -> str | None:
    """Return the button of the newest message with buttons that is called so: what is shown can be typed."""
    menu = cards.newest_menu(turn.session, turn.here)
    return menu_numbers.labelled(menu, text) if menu else None


def _run(turn: Turn, command: Command, rest: str) -> None:
    """Run a command for somebody who may use it. Words that name things are short; only those that tell something may
    be as long as a message."""
    if not command.tells and len(rest.split(maxsplit=MOST_WORDS)) > MOST_WORDS:
        raise Refusal("people.too_many_words", most=MOST_WORDS)
    if not may(turn, command.role):
        turn.say("core/admins_only" if command.role == ADMIN else "core/leads_only", command=command.name)
        return
    turn.typed = (command.name, rest)
    with checklist.leading_on(turn, command.role):
        command.run(turn, typed_text.dates_joined(rest) if command.dated else rest)

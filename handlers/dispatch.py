"""Who said what, and whose behaviour that is: the one place that dispatches words and buttons and checks roles."""

import inspect
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from handlers.absence import deputy, excuse, leave
from handlers.alerts import alerts, incident
from handlers.changes import proposing
from handlers.core import confirmations, menu_numbers
from handlers.core.incoming import Answer, Event, Incoming, Location
from handlers.core.turn import Defaults, File, Turn
from handlers.cycle import assign, calendar, reopen
from handlers.evidence import open_file, why
from handlers.exports import export
from handlers.forms import form as forms
from handlers.forms import preview
from handlers.messaging import bind, chat_events, downloads, enrolment, in_groups, reachability, upload
from handlers.operations import audit, clock_jump, system
from handlers.organisation import help as helping
from handlers.organisation import invite, language, roster_import, start
from handlers.organisation import people as staff
from handlers.organisation import unit as units
from handlers.reporting import (
    attach,
    form_buttons,
    form_dialogue,
    form_input,
    history,
    proxy,
    report,
    status,
    wards,
    zero_batch,
)
from handlers.summaries import signoff, summary, team, urge
from models.authority import permissions
from models.changes import file_readings, performing
from models.channels import code_attempts
from models.conversations import drafts, expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.files import blobs
from models.messaging import addresses, cards
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.organisation.units import Unit

log = logging.getLogger("zeroreport")
COMINGS = (Event.BACK, Event.JOINED)  # of somebody for whom the platform vouches
ANYBODY, MEMBER, LEAD, ADMIN = 0, 1, 2, 3


@dataclass(frozen=True)
class Command:
    """A slash command: its Chinese word, from which role on it may be used, and the behaviour."""

    name: str
    word: str
    role: int
    run: Callable[[Turn, str], None]


COMMANDS = (
    Command("start", "开始", ANYBODY, start.start),
    Command("zero", "零报告", MEMBER, report.zero),
    Command("report", "有情况", MEMBER, report.fill),
    Command("incident", "突发", MEMBER, incident.incident),
    Command("leave", "请假", MEMBER, leave.leave),
    Command("status", "我的", MEMBER, status.status),
    Command("history", "记录", MEMBER, history.history),
    Command("why", "依据", MEMBER, why.why),
    Command("language", "语言", MEMBER, language.language),
    Command("help", "帮助", MEMBER, helping.show),
    Command("team", "进度", LEAD, team.team),
    Command("urge", "催办", LEAD, urge.urge),
    Command("proxy", "代报", LEAD, proxy.proxy),
    Command("excuse", "准假", LEAD, excuse.excuse),
    Command("deputy", "代理", LEAD, deputy.deputy),
    Command("signoff", "核对", LEAD, signoff.signoff),
    Command("summary", "汇总", LEAD, summary.summary),
    Command("alerts", "预警", LEAD, alerts.show),
    Command("invite", "邀请", LEAD, invite.invite),
    Command("people", "人员", ADMIN, staff.handle),
    Command("unit", "单位", ADMIN, units.handle),
    Command("bind", "绑定", ADMIN, bind.handle),
    Command("form", "表单", ADMIN, forms.handle),
    Command("assign", "任务", ADMIN, assign.handle),
    Command("calendar", "日历", ADMIN, calendar.handle),
    Command("reopen", "重开", ADMIN, reopen.handle),
    Command("export", "导出", ADMIN, export.handle),
    Command("audit", "留痕", ADMIN, audit.handle),
    Command("upload", "上传", ADMIN, upload.handle),
    Command("system", "系统", ADMIN, system.handle),
)
BY_NAME = {c.name: c for c in COMMANDS}
BY_WORD = {c.word: c for c in COMMANDS} | {"zero": BY_NAME["zero"]}
WITH_WORDS = {"why", "history", "incident", "leave"}  # of everybody's commands those that take words; all leads' do
TELLING = {"start", "incident", "leave"}
MOST_WORDS = 80  # after any other command: each word may be a name that is looked up
MEANT_AS_ZERO = {"正常", "无", "0", "没有", "无异常", "一切正常", "none", "nothing", "normal", "ok"}
ACKNOWLEDGED = {"收到", "好的", "好", "知道了", "roger", "received", "got it"}


def _of_unit(turn: Turn, unit_id: int, words: str) -> None:
    """A command that asked which unit is meant, sent again with it."""
    name, _, rest = words.partition(" ")
    command, unit = BY_NAME.get(name), turn.session.get(Unit, unit_id)
    if command and unit:
        _run(turn, command, f"{rest} {unit.path}".strip())
    else:
        turn.toast("core/not_yours", alert=True)


TAPS: dict[str, tuple[int, Callable[..., None]]] = {
    "z": (MEMBER, report.tap_zero),
    "f": (MEMBER, report.tap_fill),
    "zr": (MEMBER, report.tap_zero_of),
    "fr": (MEMBER, report.tap_fill_of),
    "zo": (MEMBER, report.tap_over),
    "zk": (MEMBER, report.tap_keep),
    "wa": (MEMBER, wards.tap_all),
    "wc": (MEMBER, wards.tap_confirm),
    "w1": (MEMBER, wards.tap_one),
    "wb": (MEMBER, wards.tap_back),
    "wz": (MEMBER, wards.tap_zero),
    "wu": (MEMBER, wards.tap_uncontacted),
    "qa": (MEMBER, form_buttons.choose),
    "qm": (MEMBER, form_buttons.mark),
    "qn": (MEMBER, form_buttons.go_on),
    "qd": (MEMBER, form_buttons.propose),
    "qj": (MEMBER, form_buttons.jump),
    "qb": (MEMBER, form_buttons.back),
    "qx": (MEMBER, form_buttons.cancel),
    "qs": (MEMBER, form_buttons.submit),
    "qe": (MEMBER, form_buttons.leave_out),
    "qr": (MEMBER, form_buttons.drop_file),
    "fy": (MEMBER, attach.tap_report),
    "fn": (MEMBER, attach.tap_nowhere),
    "fi": (MEMBER, incident.tap_held),
    "fo": (MEMBER, open_file.tap),
    "pc": (MEMBER, report.tap_correct),
    "hm": (MEMBER, history.tap_month),
    "y": (MEMBER, why.tap_receipt),
    "ln": (MEMBER, language.tap_language),
    "ik": (MEMBER, incident.tap_kind),
    "ix": (MEMBER, incident.tap_cancel),
    "ic": (MEMBER, incident.tap_confirm),
    "im": (MEMBER, incident.tap_more),
    "sg": (LEAD, signoff.tap_sign),
    "so": (LEAD, signoff.tap_show),
    "st": (LEAD, summary.tap_table),
    "cu": (LEAD, _of_unit),
    "ug": (LEAD, urge.tap_urge),
    "pu": (LEAD, proxy.tap_unit),
    "pw": (LEAD, proxy.tap_person),
    "pk": (LEAD, proxy.tap_kind),
    "pn": (LEAD, proxy.tap_never_mind),
    "pr": (LEAD, proxy.tap_reason),
    "pe": (LEAD, proxy.tap_other_reason),
    "ps": (LEAD, proxy.tap_confirm),
    "yf": (LEAD, why.tap_figures),
    "yg": (LEAD, why.tap_back),
    "yr": (LEAD, why.tap_rows),
    "yw": (LEAD, why.tap_row),
    "yt": (LEAD, why.tap_table),
    "at": (LEAD, alerts.tap_take),
    "an": (LEAD, alerts.tap_note),
    "ad": (LEAD, alerts.tap_done),
    "ld": (MEMBER, leave.tap_days),
    "lr": (MEMBER, leave.tap_reason),
    "lx": (MEMBER, leave.tap_drop),
    "lw": (MEMBER, leave.tap_withdraw),
    "ly": (LEAD, excuse.tap_approve),
    "lf": (LEAD, excuse.tap_refuse),
    "dw": (LEAD, deputy.tap_who),
    "dd": (LEAD, deputy.tap_days),
    "de": (LEAD, deputy.tap_end),
    "iv": (LEAD, invite.tap_unit),
    "ip": (LEAD, invite.tap_person),
    "ok": (LEAD, lambda turn, number: _confirm(turn, number, today=False)),
    "okt": (LEAD, lambda turn, number: _confirm(turn, number, today=True)),
    "no": (LEAD, confirmations.cancel),
    "rz": (MEMBER, preview.tap_zero),
    "rf": (MEMBER, form_dialogue.rehearse),
    "nu": (ADMIN, staff.tap_unit),
    "np": (ADMIN, staff.tap_person),
    "nm": (ADMIN, staff.tap_move),
    "nn": (ADMIN, staff.tap_move_to),
    "nr": (ADMIN, staff.tap_role),
    "ns": (ADMIN, staff.tap_role_to),
    "nl": (ADMIN, staff.tap_leave),
    "un": (ADMIN, units.tap_unit),
    "uu": (ADMIN, units.tap_up),
    "bu": (ADMIN, bind.tap_group),
    "bg": (ADMIN, bind.tap_bind),
    "bx": (ADMIN, bind.tap_off),
    "fs": (ADMIN, forms.tap_show),
    "fp": (ADMIN, forms.tap_preview),
    "as": (ADMIN, assign.tap),
    "cm": (ADMIN, calendar.tap_month),
    "cd": (ADMIN, calendar.tap_day),
    "ro": (ADMIN, reopen.tap_period),
    "rr": (ADMIN, reopen.tap_report),
    "rw": (ADMIN, reopen.tap_reason),
    "ex": (ADMIN, export.tap),
    "ef": (ADMIN, export.tap_files),
    "ao": (ADMIN, audit.tap_older),
    "ck": (ADMIN, clock_jump.tap_right),
}
CONFIRMED: dict[str, tuple[int, Callable[..., None]]] = {
    "invite": (LEAD, invite.confirmed),
    "import": (ADMIN, roster_import.confirmed),
    "calendar.day": (ADMIN, calendar.confirmed),
    "reopen": (ADMIN, reopen.confirmed),
    "bind": (ADMIN, bind.confirmed),
    "unbind": (ADMIN, bind.confirmed_off),
    **dict.fromkeys(("unit.add", "unit.rename", "unit.move"), (ADMIN, units.confirmed)),
    **dict.fromkeys(performing.PERFORMED, (ADMIN, proposing.confirmed)),
}
PENS: dict[str, Callable[[Turn, ExpectedInput, str], None]] = {
    Purpose.NOTE: alerts.typed_note,
    Purpose.INCIDENT: incident.typed,
    Purpose.MORE: incident.typed_more,
}
LEAVING = {"back", "cancel", "返回", "取消"}
WORDS_IN = {"qm", "wc", "ln", "ns", "as", "ex", "cu"}  # whose last value is no number


def handle(turn: Turn) -> None:
    """Answers one Incoming. A Refusal becomes its sentence; anything else that goes wrong is the desk's to report."""
    turn.incoming = turn.incoming.cleaned()
    found = addresses.who(turn.session, turn.incoming.channel, turn.incoming.account)
    if found:
        turn.speaker, turn.address = found
        if turn.incoming.event is None:
            reachability.heard(turn)
    try:
        _dispatch(turn)
    except Refusal as refusal:
        _refuse(turn, refusal)


def handle_together(session: Session, house: Defaults, run: Sequence[Incoming], now: datetime) -> dict[str, Answer]:
    """Of a run that `together.runs` made, those that can be answered at once, by their update; any member may tap zero,
    and only whom the chat is known to belong to is in it."""
    return zero_batch.file_zeros(session, house, run, now)


def _refuse(turn: Turn, refusal: Refusal) -> None:
    sentence = turn.words.refusal(refusal)
    if turn.incoming.data is not None:
        turn.toast("core/refused", sentence=sentence, alert=True)
    elif turn.address is not None:
        turn.say("core/refused", sentence=sentence)


def _dispatch(turn: Turn) -> None:
    """What is private and what is not is decided here, and nowhere else."""
    incoming = turn.incoming
    if incoming.event is not None and not (turn.speaker is None and incoming.event in COMINGS and incoming.vouched):
        chat_events.happened(turn)
    elif not incoming.private:
        _in_group(turn)
    elif turn.speaker is None:
        _stranger(turn)
    elif incoming.edited:
        form_input.edited(turn)
    elif incoming.data is not None:
        tapped(turn, incoming.data)
    elif incoming.file is not None:
        _file(turn, incoming.file)
    elif incoming.remote is not None:
        downloads.keep(turn)
    elif incoming.location is not None:
        _place(turn, incoming.location)
    elif incoming.text is not None:
        _typed(turn, incoming.text.strip())


def _in_group(turn: Turn) -> None:
    """Of what is said in a group only commands mean us, and of what is done there only taps: both are answered in the
    person's own chat. Files, places, corrections and talk are nobody's business, but a code in them is."""
    incoming = turn.incoming
    if incoming.text and in_groups.codes_ended(turn):
        return
    if incoming.data is not None:
        if turn.speaker is not None:
            tapped(turn, incoming.data)
    elif incoming.text and not incoming.edited and incoming.file is None:
        name, rest = _command(incoming.text.strip())
        command = BY_NAME.get(name) if name else None
        if command and in_groups.reachable(turn):
            _run(turn, command, "" if command.name == "start" else rest)


def _file(turn: Turn, file: File) -> None:
    """An answer, where one is asked for, or part of an incident; a roster or a form from an admin is the import; a
    photo or a voice message is attached after asking; any other file is no report."""
    blobs.refuse_if_too_large(file.size)
    form = drafts.active(turn.session, turn.person)
    pen = expected_input.listening(turn.session, turn.person, turn.now)
    if pen and pen.use in (Purpose.INCIDENT, Purpose.MORE):
        incident.received(turn, pen)
    elif form and form.takes_answers and form_input.received(turn, form):
        pass
    elif _may(turn, ADMIN) and file_readings.takes(file.name):
        roster_import.received(turn)
    elif file.mime.startswith(("image/", "audio/")):
        attach.offer(turn)
    else:
        helping.file_received(turn)


def _place(turn: Turn, place: Location) -> None:
    """A place that was shared: an answer, or nothing at all, which is said."""
    form = drafts.active(turn.session, turn.person)
    if form and form.takes_answers:
        form_input.located(turn, form, place)
    else:
        attach.place(turn)


def _confirm(turn: Turn, number: int, *, today: bool) -> None:
    """Yes: the role is looked at again, then whatever the behaviour checks."""
    asked = confirmations.take(turn, number)
    role, run = CONFIRMED[asked.action]
    if _may(turn, role):
        with turn.session.begin_nested():  # a refusal half way leaves nothing behind
            run(turn, asked, today=today)
    else:
        turn.toast("core/not_yours", alert=True)


def tapped(turn: Turn, data: str) -> None:
    """A button: who tapped it is known from the chat and checked here, each time; what it names is checked there."""
    action, *values = data.split(".")
    role, run = TAPS.get(action, (None, None))
    if run is None or role is None or not _may(turn, role):
        turn.toast("core/not_yours", alert=True)
        return
    try:
        arguments = [v if action in WORDS_IN and n == len(values) - 1 else _whole(v) for n, v in enumerate(values)]
        inspect.signature(run).bind(turn, *arguments)
    except (TypeError, ValueError):
        log.info("a button that is none of ours: %r", data[:64])
        turn.toast("core/not_yours", alert=True)
        return
    run(turn, *arguments)


def _whole(value: str) -> int:
    """A number as our buttons carry it: never negative, and of a size that a database knows."""
    if not value.isdecimal() or len(value) > 9:
        raise ValueError(value)
    return int(value)


def _may(turn: Turn, role: int) -> bool:
    if role == ADMIN:
        return bool(permissions.administers(turn.session, turn.person))
    return role <= MEMBER or bool(permissions.leads(turn.session, turn.person, turn.today))


def _typed(turn: Turn, text: str) -> None:
    name, rest = _command(text)
    command = BY_NAME.get(name) if name else None
    form = drafts.active(turn.session, turn.person)
    pen = expected_input.listening(turn.session, turn.person, turn.now)
    if pen and not command and not (name and name not in LEAVING):
        _penned(turn, pen, text, leaving=(name or text.lower()) in LEAVING)
    elif form and not command and not (name and name not in LEAVING):
        _in_form(turn, form, text)
    elif command:
        _run(turn, command, rest)
    else:
        _plain(turn, text)


def _in_form(turn: Turn, form: drafts.Draft, text: str) -> None:
    """An answer; or a button of the form's own message, by its number or by what stands on it."""
    menu = cards.newest_menu(turn.session, turn.here)
    if menu and (data := menu_numbers.in_form(menu, text)):
        _tap_in_words(turn, data)
    elif form.proxy and form.reason is None:
        proxy.typed(turn, form, text)
    else:
        form_input.typed(turn, form, text)


def _tap_in_words(turn: Turn, data: str) -> None:
    """Where nobody tapped, no toast is seen."""
    tapped(turn, data)
    if turn.answer:
        turn.say("core/refused", sentence=turn.answer.text)


def _penned(turn: Turn, pen: ExpectedInput, text: str, *, leaving: bool) -> None:
    """Words that were asked for: an answer, or 返回, 取消."""
    if leaving:
        incident.drop(turn, pen)
    else:
        PENS[pen.use](turn, pen, text)


def _command(text: str) -> tuple[str | None, str]:
    """`/name@bot rest` → (name, rest); no slash → (None, text). Chinese words after the slash work as well."""
    if not text.startswith(("/", "／")):
        return None, text
    head, _, rest = text[1:].partition(" ")
    name = head.partition("@")[0].lower()
    return (BY_WORD[name].name if name in BY_WORD else name), rest.strip()


def _plain(turn: Turn, text: str) -> None:
    """Words without a slash: a Chinese command word, a number from the newest menu, or something that gets help."""
    word, _, rest = text.partition(" ")
    low = text.lower()
    if low in BY_WORD or (word in BY_WORD and _takes_words(BY_WORD[word])):
        _run(turn, BY_WORD.get(low) or BY_WORD[word], "" if low in BY_WORD else rest.strip())
    elif low in MEANT_AS_ZERO:
        report.maybe_zero(turn, text)
    elif text.isdecimal() and len(text) <= 2 and (data := _numbered(turn, int(text))):
        _tap_in_words(turn, data)
    elif low.rstrip("。.!！") in ACKNOWLEDGED:
        helping.acknowledged(turn, text)
    elif not leave.typed(turn, text):
        helping.unknown(turn, text)


def _takes_words(command: Command) -> bool:
    return command.role >= LEAD or command.name in WITH_WORDS


def _numbered(turn: Turn, number: int) -> str | None:
    menu = cards.newest_menu(turn.session, turn.here)
    buttons = [b for row in menu.buttons for b in row] if menu else []
    return buttons[number - 1].data if 0 < number <= len(buttons) else None


def _run(turn: Turn, command: Command, rest: str) -> None:
    """Runs it for who may. What names things is short; only what tells something may be as long as a message."""
    if command.name not in TELLING and len(rest.split(maxsplit=MOST_WORDS)) > MOST_WORDS:
        raise Refusal("people.too_many_words", most=MOST_WORDS)
    if not _may(turn, command.role):
        turn.say("core/admins_only" if command.role == ADMIN else "core/leads_only", command=command.name)
        return
    command.run(turn, rest)


def _stranger(turn: Turn) -> None:
    """One polite line, at most once an hour; a code is looked at, and what the platform vouches for."""
    session, incoming = turn.session, turn.incoming
    if not addresses.private(incoming.account, incoming.chat) or (incoming.vouched and enrolment.vouched(turn)):
        return
    if incoming.event is Event.JOINED:
        return  # there may be thousands in the same moment, and none of them asked
    address = session.exec(
        select(Address).where(
            Address.channel == incoming.channel, Address.account == incoming.account, Address.chat == incoming.chat
        )
    ).first()
    if address is None:
        address = Address(
            channel=incoming.channel, account=incoming.account, chat=incoming.chat, since=turn.now, used_at=turn.now
        )
        session.add(address)
        session.flush()
    turn.address = address
    name, rest = _command((incoming.text or "").strip())
    if name == "start" and rest:
        start.start(turn, rest)
        return
    last = session.exec(
        select(Card.created_at).where(Card.address_id == address.id).order_by(col(Card.id).desc()).limit(1)
    ).first()
    if last is None or turn.now - last > timedelta(hours=1):
        start.start(turn, "")


def guessed(session: Session, house: Defaults, times: int, accounts: int, now: datetime) -> None:
    """Wrong codes that there was no room for."""
    counts = code_attempts.turned_away(session, times, accounts, now)
    if counts:
        enrolment.tell_of_guessing(session, house, *counts, now)

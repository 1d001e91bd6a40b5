"""Write the personal links of people outside as an Excel file or as slips to print (docs/rules.md 32.3). Only a digest
of a link is kept: the file is the only place where it stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import IO, Any
from zoneinfo import ZoneInfo

from handlers.core import qr_codes
from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import file_words, long_files
from handlers.exports.long_files import MIMES, Asked, Tell
from handlers.rounds import messages, outside, round_files, standing
from handlers.rounds.round_files import OfRound
from models.core import audit
from models.core.errors import Refusal
from models.cycle.places import Place
from models.files import blobs
from models.files.records import File
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import links, replies, rollcalls, rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Page

AT_ONCE = {"file": long_files.AT_ONCE, "paper": 60}  # that the desk may write itself; a slip takes 2 ms
SOME = 500  # people at a time
COLUMNS = ("unit", "staff_no", "name", "phone", "replied_at", "link")
Line = tuple[Reply, Person, Place]
Linked = tuple[Line, str]  # with their new link


def send(turn: Turn, it: Round, tops: Sequence[Unit], kind: str) -> None:
    """Make new links and send them, or say that they are being written. Raises `surveys.nobody_outside`,
    `surveys.no_page`, `surveys.many_links`."""
    session, base = turn.session, outside.base(turn)
    if turn.fileless:
        raise Refusal("rounds.no_files")
    found = replies.outside_listed(session, it, tops, standing.judged(turn, it), AT_ONCE[kind] + 1)
    if not found:
        raise Refusal("surveys.nobody_outside")
    name = name_of(turn, turn.words, it, kind)
    if len(found) > AT_ONCE[kind]:
        rows = replies.outside_number(session, it, tops, standing.judged(turn, it))
        round_files.begin(turn, Links.of, name, it, tops, rows, kind=kind)
        return
    made = links.personal(session, it, [person for _, person, _ in found], turn.person, turn.now)
    out, handed = BytesIO(), [outside.address(base, token) for _, token in made]
    write_to(turn, turn.person, it, tops, kind, [list(zip(found, handed, strict=True))], out)
    file = blobs.keep(session, name, _mime(name), out.getvalue())
    note(turn, turn.person, it, "links made", count=len(found))
    turn.final = True
    turn.say("rounds/survey_links_made", file=file, kind=kind, count=len(found), number=it.id)


class Links(OfRound):
    """New links of people outside, as a file or on paper."""

    of = "links"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        it, tops = round_files.asked_for(context, asked)
        surveys.refuse_over(context.session, it, context.now)
        rows = replies.outside_number(context.session, it, tops, standing.judged(context, it))
        tell(rows=rows)
        write_to(context, person, it, tops, asked["kind"], _made(context, it, tops, tell), out)
        return {"rows": rows}

    def store(self, context: Context, person: Person, asked: Asked, made: Sequence[Any]) -> None:
        links.keep(context.session, round_files.asked_for(context, asked)[0], made, person, context.now)

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        surveys.refuse_over(context.session, round_files.asked_for(context, asked)[0], context.now)
        return super().within_reach(context, person, asked)

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        values = {"kind": asked["kind"], "count": found["rows"], "number": asked["round"]}
        return context.words_for(person).content("rounds/survey_links_made", file=file, **values)

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context, person, round_files.asked_for(context, asked)[0], "links made", count=found["rows"])


def _made(context: Context, it: Round, tops: Sequence[Unit], tell: Tell) -> Iterator[Sequence[Linked]]:
    """Yield people with new links, some at a time, and tell their digests: nothing is stored here. Raises
    `surveys.many_links`."""
    base, after = outside.base(context), 0
    while some := replies.outside_listed(context.session, it, tops, standing.judged(context, it), SOME, after):
        links.refuse_full(context.session, it, [person for _, person, _ in some])
        made = [(line, links.new_token()) for line in some]
        tell(made=[(line[1].id, links.digest_of(token)) for line, token in made])
        yield [(line, outside.address(base, token)) for line, token in made]
        after += len(some)
        tell(written=after)


def write_to(
    context: Context, person: Person, it: Round, tops: Sequence[Unit], kind: str, made: Iterable[Sequence[Linked]],
    out: IO[bytes],
) -> None:  # fmt: skip
    """Write the file for somebody."""
    if kind == "file":
        own = said(context.words_for(person))
        workbook.write([Page(own["links"], _rows(context, own, it, tops, made))], out, file_words.formats(own))
        return
    words = context.words_for(person, it.timezone)
    words.write_page(
        "print/survey_links", out, slips=_slips(made), title=title(context, context.words_for(person), it),
        due=rounds.newest(context.session, it).due_at, unit=context.session.get_one(Unit, it.unit_id),
    )  # fmt: skip


def name_of(context: Context, words: Renderer, it: Round, kind: str) -> str:
    name = file_words.named([said(words)["links"], str(it.id), title(context, words, it)], "xlsx")
    return name if kind == "file" else f"{name.removesuffix('.xlsx')}.html"


def title(context: Context, words: Renderer, it: Round) -> str:
    return messages.title(context, words, it, rounds.newest(context.session, it))


def said(words: Renderer) -> dict[str, str]:
    return file_words.with_own(words, "rounds/words", "rounds/survey_words")


def note(context: Context, person: Person, it: Round, what: str, **more: Any) -> None:
    """Note in the audit what somebody did with a survey's links."""
    unit = context.session.get_one(Unit, it.unit_id)
    audit.note(context.session, context.now, person.staff_no, f"survey {what}", unit.path, number=it.id, **more)


def _rows(
    context: Context, own: dict[str, str], it: Round, tops: Sequence[Unit], made: Iterable[Sequence[Linked]]
) -> Iterator[list[object]]:  # fmt: skip
    yield [own[f"column.{name}"] for name in COLUMNS]
    zone = ZoneInfo(it.timezone)
    for some in made:
        phones = rollcalls.numbers(context.session, [person for (_, person, _), _ in some], tops)
        for (reply, person, place), link in some:
            at = reply.at.astimezone(zone) if reply.at else None
            yield [place.path, person.staff_no, person.name, phones.get(person.id, ""), at, link]


def _slips(made: Iterable[Sequence[Linked]]) -> Iterator[tuple[Person, Place, str, str]]:
    for some in made:
        for (_, person, place), link in some:
            yield person, place, link, qr_codes.drawn(link)


def _mime(name: str) -> str:
    return MIMES[name.rpartition(".")[2]]

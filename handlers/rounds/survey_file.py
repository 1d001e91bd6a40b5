"""Write what came back to a survey into a workbook: results, by unit, and the answers (docs/rules.md 30.7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO
from itertools import chain
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.core.turn import Turn
from handlers.exports import file_words, long_files, report_words
from handlers.exports.long_files import AT_ONCE, Asked, Tell
from handlers.rounds import messages, round_files, standing
from handlers.rounds.round_files import OfRound
from models.core.errors import Refusal
from models.cycle.places import Place
from models.files import blobs
from models.files.records import File
from models.forms.spec import FormSpec, Question, say
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import attempts, counts, replies, rounds, surveys, tally
from models.rounds.ballots import Ballot
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round
from models.rounds.surveys import Result, Results
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Bold, Page, Share
from models.spreadsheets.writer import TYPES

MOST = 20_000  # answers in a file on the dashboard
WIDTHS = (32, 40, 12, 12)
SOME = {"yield_per": 500}  # rows that memory holds


def write(context: Context, words: Renderer, it: Round, tops: Sequence[Unit], found: Results) -> tuple[str, bytes]:
    """Return the file's name, and the file. Raises `surveys.hidden` where nothing may be seen."""
    out = BytesIO()
    write_to(context, words, it, tops, found, out)
    return name_of(context, words, it), out.getvalue()


def name_of(context: Context, words: Renderer, it: Round) -> str:
    said = file_words.with_own(words, "rounds/words", "rounds/survey_words")
    title = messages.title(context, words, it, rounds.newest(context.session, it))
    return file_words.named([said["survey"], str(it.id), title], "xlsx")


def rows_of(context: Context, it: Round, tops: Sequence[Unit], found: Results) -> int:
    """Return how many lines of people or answers it has: a quiz names all recipients."""
    if it.asks != Asks.QUIZ:
        return found.sheets
    return counts.of_units(context.session, it, standing.judged(context, it), tops).asked


def write_to(
    context: Context, words: Renderer, it: Round, tops: Sequence[Unit], found: Results, out: IO[bytes],
    tell: Tell | None = None,
) -> None:  # fmt: skip
    """Write the file, a line at a time. Raises as `write`."""
    if found.hidden:
        raise Refusal("surveys.hidden")
    said = file_words.with_own(words, "rounds/words", "rounds/survey_words")
    form = surveys.form_of(context.session, it)
    sheets = _sheets(context, words, said, it, tops, form)
    pages = [
        Page(said["results"], _results(context, words, said, it, found), WIDTHS),
        *([Page(said["passed_units"], _passed(context, said, it, tops))] if form.quiz else []),
        Page(said["units"], _units(context, words, said, it, tops, found)),
        Page(said["sheets"], long_files.told(sheets, tell) if tell else sheets),
    ]
    workbook.write(pages, out, file_words.formats(said))


def _results(
    context: Context, words: Renderer, said: Mapping[str, str], it: Round, found: Results
) -> Iterator[list[object]]:  # fmt: skip
    version, zone = rounds.newest(context.session, it), ZoneInfo(it.timezone)
    yield [Bold(said["survey"]), it.id]
    yield [Bold(said["text"]), messages.text(context, words, it, version)]
    yield [Bold(said["how"]), said["anonymous" if it.anonymous else "named"]]
    if version.due_at:
        yield [Bold(said["ends_at"]), version.due_at.astimezone(zone)]
    quiz = surveys.form_of(context.session, it).quiz
    if quiz:
        yield [Bold(said["pass_mark"]), quiz.pass_mark]
    yield [Bold(said["answered"]), found.sheets]
    for source, n in found.sources.items() if len(found.sources) > 1 else ():
        yield [Bold(said[f"source.{source}"]), n]
    yield [Bold(said["about.written_at"]), context.now.astimezone(zone)]
    for result in found.each:
        yield []
        yield [Bold(say(result.question.label, words.locale)), None, Bold(said["answered"]), result.answered]
        if result.right is not None:
            yield [None, said["right"], result.right, _share(result.right, found.sheets)]
        yield from _values(words, said, result)


def _values(words: Renderer, said: Mapping[str, str], result: Result) -> Iterator[list[object]]:
    if result.numbers:
        told = result.numbers
        for name, value in (("mean", round(told.mean, 4)), ("median", told.median), ("least", told.least),
                            ("most", told.most), ("sum", told.total)):  # fmt: skip
            yield [None, said[name], value]
    for chosen, n in result.values.items():
        choice = result.question.choice(chosen)
        answer = say(choice.label, words.locale) if choice else _dated(result.question, chosen)
        yield [None, answer, n, _share(n, result.answered)]


def _dated(question: Question, value: str) -> object:
    return date.fromisoformat(value) if question.type == "date" else value


def _share(n: int, whole: int) -> Share | None:
    return Share(round(n / whole, 4)) if whole else None


def _passed(context: Context, said: Mapping[str, str], it: Round, tops: Sequence[Unit]) -> Iterator[list[object]]:
    """Return how many of each unit passed, have not, and have not taken the quiz."""
    yield [said["column.unit"], said["passed"], said["not_passed"], said["not_taken"], said["status.away"]]
    for unit, count in counts.by_unit(context.session, it, standing.judged(context, it), tops):
        answers = count.answers
        passed, failed = answers.get(attempts.PASSED, 0), answers.get(attempts.FAILED, 0)
        yield [unit.path, passed, failed, count.silent, count.away]


def _units(
    context: Context, words: Renderer, said: Mapping[str, str], it: Round, tops: Sequence[Unit], found: Results
) -> Iterator[list[object]]:  # fmt: skip
    """Return the cross-table: a row for each unit and choice."""
    yield [said["column.unit"], said["answered"], said["question"], said["choice"], said["sum"], said["share"]]
    for result in found.each:
        for unit, sheets, values in tally.by_unit(context.session, it, tops, result.question.name):
            label = say(result.question.label, words.locale)
            if result.question.choices:
                for choice in result.question.choices:
                    n = values.get(choice.name, 0)
                    yield [unit.path, sheets, label, say(choice.label, words.locale), n, _share(n, sheets)]
            elif result.question.type in tally.NUMERIC and (told := tally.numbers(values)):
                yield [unit.path, sheets, label, said["mean"], round(told.mean, 4), None]


def _sheets(
    context: Context, words: Renderer, said: Mapping[str, str], it: Round, tops: Sequence[Unit], form: FormSpec
) -> Iterator[list[object]]:  # fmt: skip
    """Return the answers: of a named survey by unit and staff number, of an anonymous one by numbers that mean
    nothing."""
    asked = [question for question in form.questions if question.type != "note"]
    labels = [say(question.label, words.locale) for question in asked]
    if form.quiz:
        yield from _taken(context, said, it, tops, form, asked, words)
        return
    who = ["unit", "source"] if it.anonymous else ["unit", "source", "staff_no", "name", "replied_at"]
    yield [*(said[f"column.{name}"] for name in who), *labels]
    zone = ZoneInfo(it.timezone)
    if it.anonymous:
        ballots = select(Ballot, Place).join(Place, col(Place.id) == col(Ballot.place_id))
        ballots = ballots.where(Ballot.round_id == it.id, replies.of_places(col(Ballot.place_id), tops))
        for ballot, place in context.session.exec(ballots.order_by(col(Ballot.id)).execution_options(**SOME)):
            yield [place.path, said[f"source.{ballot.source}"], *_cells(asked, ballot.answers, words)]
        return
    for reply, person, place in _named(context, it, tops):
        at = reply.at.astimezone(zone) if reply.at else None
        source = said[f"source.{surveys.source_of(reply)}"]
        yield [place.path, source, person.staff_no, person.name, at, *_cells(asked, reply.answers or {}, words)]
    opened = select(OpenAnswer, Place).join(Place, col(Place.id) == col(OpenAnswer.place_id))
    opened = opened.where(OpenAnswer.round_id == it.id, replies.of_places(col(OpenAnswer.place_id), tops))
    for answer, place in context.session.exec(opened.order_by(col(OpenAnswer.id)).execution_options(**SOME)):
        at = answer.at.astimezone(zone)
        yield [place.path, said["source.open"], "", "", at, *_cells(asked, answer.answers, words)]


def _cells(asked: Sequence[Question], answers: Mapping[str, Any], words: Renderer) -> Iterator[object]:
    """Yield what was answered to each question, numbers and days as such."""
    for question in asked:
        value = answers.get(question.name)
        yield None if value is None else report_words.cell(question, value, words)


def _taken(
    context: Context, said: Mapping[str, str], it: Round, tops: Sequence[Unit], form: FormSpec,
    asked: Sequence[Question], words: Renderer,
) -> Iterator[list[object]]:  # fmt: skip
    """Return all recipients of a quiz: passed, not passed or not taken, their best attempt and how many they began."""
    labels = [say(question.label, words.locale) for question in asked]
    who = ("column.unit", "column.staff_no", "column.name", "quiz", "score", "attempts", "passed_at")
    yield [*(said[name] for name in who), *labels]
    made = attempts.counted(context.session, it)
    zone = ZoneInfo(it.timezone)
    for reply, person, place in chain.from_iterable(counts.each_listed(context.session, it, tops)):
        how = "not_taken" if reply.score is None else "passed" if reply.passed_at else "not_passed"
        passed_at = reply.passed_at.astimezone(zone) if reply.passed_at else None
        yield [
            place.path, person.staff_no, person.name, said[how], reply.score, made.get(reply.id, 0), passed_at,
            *_cells(asked, reply.answers or {}, words),
        ]  # fmt: skip


def _named(context: Context, it: Round, tops: Sequence[Unit]) -> Iterable[tuple[Reply, Person, Place]]:
    query = select(Reply, Person, Place).join(Person, col(Person.id) == col(Reply.person_id))
    query = query.join(Place, col(Place.id) == col(Reply.place_id))
    query = query.where(replies.replied(it), Reply.round_id == it.id, replies.inside(tops))
    return context.session.exec(query.order_by(col(Place.path), col(Person.staff_no)).execution_options(**SOME))


def send(turn: Turn, it: Round, tops: Sequence[Unit]) -> None:
    """Send the file to the speaker, or say that it is being written. Raises `surveys.hidden`."""
    found = surveys.results(turn.session, it, tops)
    if found.hidden:
        raise Refusal("surveys.hidden")
    if turn.fileless:
        raise Refusal("rounds.no_files")
    rows = rows_of(turn, it, tops, found)
    if rows > AT_ONCE:
        round_files.begin(turn, Sheets.of, name_of(turn, turn.words, it), it, tops, rows)
        return
    name, data = write(turn, turn.words, it, tops, found)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    round_files.note(turn, turn.person, it)
    turn.say("rounds/survey_exported", file=file, number=it.id, count=found.sheets)


class Sheets(OfRound):
    """The results of a survey and its answers."""

    of = "survey"

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        it, tops = round_files.asked_for(context, asked)
        found = surveys.results(context.session, it, tops)
        rows = rows_of(context, it, tops, found)
        tell(rows=rows)
        write_to(context, context.words_for(person), it, tops, found, out, tell)
        return {"rows": rows, "sheets": found.sheets}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        words, count = context.words_for(person), found["sheets"]
        return words.content("rounds/survey_exported", file=file, number=asked["round"], count=count)

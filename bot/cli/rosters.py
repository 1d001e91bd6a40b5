"""Commands: import, undo-import."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlmodel import Session

from bot import settings as configuration
from bot.cli import file_questions, namesakes, settling
from bot.cli.file_questions import Given
from bot.cli.group import cli
from bot.cli.shared import at_terminal, opened, put, read_file, say, say_notes, words, write, wrong_in
from bot.cli.spoken import _, option
from handlers.exports import roster_files
from models.changes import file_answers, file_readings, import_records, roster_import, roster_undo
from models.changes.file_readings import Reading
from models.changes.roster_import import Difference
from models.core.errors import Refusal, Refusals

SHOWN = 200  # changes that are listed
YES_NO = click.Choice(["yes", "no"])


@cli.command("import")
@click.argument("roster_file", metavar="ROSTER.csv|ROSTER.xlsx", required=False)
@option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@option("--template", metavar="FILE.xlsx", help=_("Write an empty roster to fill in, and import nothing."))
@option(
    "--column",
    "columns",
    metavar="COLUMN=HEADING",
    multiple=True,
    help=_("Which heading of the file is which column, such as unit=Dept; may be given several times."),
)
@option("--encoding", type=click.Choice(file_questions.ENCODINGS), help=_("The encoding of a text file."))
@option("--several", type=YES_NO, help=_("Whether ; or , in a unit separates several units."))
@option("--same", multiple=True, metavar="NEW=OLD", help=_("The same person under a new staff number: 1001=admin."))
@option("--others", is_flag=True, help=_("Other new people with a name that is already here are different people."))
@option("--levels", type=YES_NO, help=_("Whether - or > in a unit separates its levels."))
def import_(roster_file: str | None, dry_run: bool, template: str | None, columns: tuple[str, ...],
            encoding: str | None, several: str | None, levels: str | None, same: tuple[str, ...],
            others: bool) -> None:  # fmt: skip
    """Import a roster from a CSV or Excel file, all or nothing."""
    if template:
        write(template, lambda out: put(out, roster_files.template(words())))
        say("written", path=template)
        return
    if not roster_file:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    given = Given(file_questions.columns(columns), encoding, {"several": several, "levels": levels})
    said = namesakes.same(same, others=others)
    settings = configuration.load()
    data = read_file(roster_file)
    now = datetime.now(UTC)
    today = settings.defaults.today(now)
    with opened(settings, make=True) as database, Session(database.write, expire_on_commit=False) as session:
        read, learnt = _read(session, roster_file, data, given)
        with wrong_in(roster_file):
            if read.wrong and not read.as_a_whole:
                more = roster_import.also_wrong(session, read.rows, read.seen, today, None)
                raise Refusals(roster_import.in_order([*read.wrong, *more], read.rows), read.more)
            read.refuse()
            numbers = namesakes.numbers(session, roster_file, read.rows, today, said)
            before = roster_undo.state(session, read.rows, numbers)
            made = roster_import.take(session, read.rows, today, numbers=numbers)
        say_notes(roster_import.renamed(made))
        if made and not dry_run:
            file_answers.learn(session, learnt)
            kept = roster_undo.difference(before, roster_undo.state(session, read.rows))
            import_records.note(session, now, Path(roster_file).name, len(made), kept, numbers)
            settling.organisation_moved(session, settings, now)
            session.commit()
        else:
            session.rollback()
    _show(made, dry_run=dry_run)


def _read(session: Session, name: str, data: bytes, given: Given) -> tuple[Reading, dict[str, str]]:
    """Return what the file says, and what is to be remembered of the answers."""
    with wrong_in(name):
        answers = given.with_remembered(file_answers.known(session))
        read = file_readings.read(name, data, answers)
        if read.is_form:
            raise Refusal("cli.is_form", path=name)
        if read.duty is not None:
            raise Refusal("cli.is_duty", path=name)
        if read.wrong and read.as_a_whole:
            read.refuse()
        file_questions.refuse_unknown(data, given)
        read, learnt = file_questions.settled(name, read, given, answers)
    say_notes(read.notes)
    return read, learnt


def _show(made: list[Difference], *, dry_run: bool) -> None:
    for it in made[:SHOWN]:
        say("difference", what=it.what, about=it.about, before=it.before, after=it.after)
    if len(made) > SHOWN:
        say("more", count=len(made) - SHOWN)
    say("imported", count=len(made), dry=dry_run)


@cli.command("undo-import")
@option("--yes", "sure", is_flag=True, help=_("Undo without asking."))
def undo_import(sure: bool) -> None:
    """Undo the last import made here, within the hour."""
    settings, now = configuration.load(), datetime.now(UTC)
    today = settings.defaults.today(now)
    with opened(settings, make=False) as database, database.writing() as session:
        name, kept = import_records.last(session, now)
        if not sure:
            _ask_undo(name, sum(before is None for before, _ in kept["people"].values()))
        done = roster_undo.undo(session, kept, today)
        done.note(session, now, import_records.BY, name)
        settling.organisation_moved(session, settings, now)
    told = words().content(
        "organisation/import_undone", name=name, undone=done, more=max(0, len(done.stays) - SHOWN),
        stays=[words().refusal(it) for it in done.stays[:SHOWN]],
    )  # fmt: skip
    click.echo(words().plain(told))


def _ask_undo(name: str, count: int) -> None:
    """Ask whoever sits at the terminal. Raises `cli.undo_yes` elsewhere, click.Abort for a no."""
    if not at_terminal():
        raise Refusal("cli.undo_yes", name=name)
    asked = words().content("organisation/import_undo_question", name=name, count=count, pending=0)
    click.confirm(words().plain(asked), abort=True, err=True)

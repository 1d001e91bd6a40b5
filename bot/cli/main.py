"""The command line: thin, and the same words for the same things as in the chat."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import make_url
from sqlmodel import Session

from bot import files, logs, opening
from bot import settings as configuration
from bot.backups import backup, manifests
from bot.backups import restore as restoring
from bot.clock import SteadyClock, parse
from bot.lease import alone
from bot.redaction import Redaction, configured
from bot.settings import LOOPBACK, Settings
from handlers.core.rendering import Words
from handlers.forms import bundled
from handlers.organisation import invitation_sheets, roster_files
from models.alerts import alerts
from models.changes import roster_import
from models.core import audit, clock_jumps, database_states
from models.core.database import Database, newest_revision
from models.core.errors import Note, Refusal, Refusals
from models.cycle import assignments, periods
from models.cycle.periods import Period
from models.evidence import erasures, seal_lines, seals, verification
from models.exports import report_table as exporting
from models.files import archives
from models.forms import versions, xlsform
from models.messaging import addresses
from models.operations import forecast, self_report
from models.organisation import founding, people
from models.organisation.people import Unit
from models.reporting import figures
from models.spreadsheets import writer
from models.time import calendars

log = logging.getLogger("zeroreport")
MOST_SHOWN = 50  # differences that verify lists
ENDS = {"cli.telegram_conflict": 3}  # exit codes; any other refusal is 2


def spoken() -> str:
    """The language of whoever sits at the terminal."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if said.startswith("zh") else "en"


def words() -> Words:
    return Words(spoken(), configuration.load(only=["default_timezone"]).default_timezone)


def say(template: str, *, err: bool = False, **values: Any) -> None:
    click.echo(words().told(template, **values), err=err)


def opened(settings: Settings, *, make: bool, any_version: bool = False) -> AbstractContextManager[Database]:
    return opening.opened(settings.database_url.get_secret_value(), make=make, any_version=any_version)


def read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise Refusal("cli.no_file", path=path) from None
    except OSError as error:
        raise Refusal("cli.unreadable", path=path, reason=error.strerror) from None


class BadFile(Exception):
    """A file of the user's with all that is wrong in it."""

    def __init__(self, path: str, refusals: list[Refusal]) -> None:
        super().__init__(path)
        self.path = path
        self.refusals = refusals


@contextmanager
def wrong_in(path: str) -> Iterator[None]:
    """What is refused in here is wrong in this file."""
    try:
        yield
    except Refusals as error:
        raise BadFile(path, error.refusals) from None


def as_day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal("cli.day", value=value) from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zeroreport")
def cli() -> None:
    """Zero Report (零报告): an organisation's daily report and zero report, in chat."""


@cli.command()
@click.argument("organisation_name", metavar="[ORGANISATION]", required=False)
@click.argument("admin_name", metavar="[ADMIN]", required=False)
@click.option("--staff-no", default="admin", show_default=True, help="The admin's staff number.")
def init(organisation_name: str | None, admin_name: str | None, staff_no: str) -> None:
    """Make the organisation's root and its first admin, and print the admin's code."""
    settings = configuration.load()
    now = datetime.now(UTC)
    root_name = organisation_name or words().told("default_root")
    name = admin_name or words().told("default_admin")
    with opened(settings, make=True) as database, database.writing() as session:
        person = founding.begin(session, root_name, staff_no, name)
        audit.note(session, now, "cli", "init", root_name)
        code = addresses.invite(session, person, now)
    say("made", root=root_name, name=name, staff_no=staff_no, code=code)


@cli.command()
@click.option("--clock", "clock_words", metavar="START×SPEED", help="A rehearsal: 2026-11-23T07:29×600.")
def run(clock_words: str | None) -> None:
    """Run the program: the clock, delivery, and the chat."""
    try:
        _run(clock_words)
    except Refusal as error:
        if not database_states.passes(error):
            raise
        _say_one(error)  # and a supervisor starts it again
        sys.exit(1)


def _run(clock_words: str | None) -> None:
    from bot.app import App
    from bot.web.server import listen

    settings = configuration.load()
    if settings.host not in LOOPBACK and not settings.public_url:
        raise Refusal("cli.host", host=settings.host)
    clock = SteadyClock() if clock_words is None else parse(clock_words, settings.default_timezone)
    with opened(settings, make=True) as database:
        app = App(
            database, settings.house, clock,
            settings=settings,
            nightly=None if clock_words is not None else lambda: _nightly(settings, database),
        )  # fmt: skip
        if clock_words is not None and any(channel.profile.real for channel in app.channels):
            raise Refusal("cli.clock_real")
        alone(database, app.lease.names)
        if clock_words is not None:
            with database.writing() as session:
                periods.rehearse(session, clock.now())
        bound = listen(settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{bound.getsockname()[1]}/"
        with database.reading() as session:
            empty = people.root(session) is None
        asyncio.run(app.run(bound, ready=lambda: _ready(url, empty=empty)))


def _nightly(settings: Settings, database: Database) -> None:
    if database.write.dialect.name == "sqlite":  # a PostgreSQL server is backed up by its own means
        url, now = settings.database_url.get_secret_value(), datetime.now(UTC)
        try:
            made = backup.nightly(url, database, Path(settings.backup_dir), settings.backup_keep, now)
        except Exception as error:
            why = error if isinstance(error, Refusal) else Refusal("backup.failed", reason=type(error).__name__)
            log.warning("no backup tonight: %s", Words("en").refusal(why), exc_info=why is not error)
            with database.writing() as session:
                self_report.note_failed(session, now, settings.backup_dir, why)
            return
        _note_backup(database, made, now)


def _note_backup(database: Database, made: backup.Backup, now: datetime) -> None:
    found = made.manifest
    with database.writing() as session:
        audit.note(
            session, now, "cli", "backup", made.path.name,
            seals=found.seals, revisions=found.revisions, differs=found.differs,
        )  # fmt: skip


def _ready(url: str, *, empty: bool) -> None:
    say("ready", url=url)
    if empty:
        say("empty")
    sys.stdout.flush()


@cli.command()
@click.option("--keep", metavar="FILE", help="Keep the demo's data in this file.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; another one if it is taken.")
def demo(keep: str | None, port: int | None) -> None:
    """Play a sample organisation's day in the browser."""
    from bot.demo.stage import play

    play(keep, port, configuration.load(only=["port"]), words())


@cli.command("import")
@click.argument("roster_file", metavar="ROSTER.csv|ROSTER.xlsx", required=False)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--template", metavar="FILE.xlsx", help="Write an empty roster to fill in, and import nothing.")
def import_(roster_file: str | None, dry_run: bool, template: str | None) -> None:
    """Take over a roster from a CSV or an Excel file, all or nothing."""
    settings = configuration.load()
    if template:
        _write(template, lambda out: _put(out, roster_files.template(words())))
        say("written", path=template)
        return
    if not roster_file:
        raise click.UsageError("Missing argument 'ROSTER.csv|ROSTER.xlsx'.")
    with wrong_in(roster_file):
        read = roster_import.look(read_file(roster_file))
    rows = read.rows
    _say_notes(read.notes)
    with opened(settings, make=True) as database, Session(database.write, expire_on_commit=False) as session:
        with wrong_in(roster_file):
            made = roster_import.take(session, rows, datetime.now(ZoneInfo(settings.default_timezone)).date())
        _say_notes(roster_import.renamed(made))
        if made and not dry_run:
            audit.note(session, datetime.now(UTC), "cli", "import", Path(roster_file).name, changes=len(made))
            session.commit()
        else:
            session.rollback()
    for difference in made[:200]:
        say(
            "difference", what=difference.what, about=difference.about, before=difference.before, after=difference.after
        )
    if len(made) > 200:
        say("more", count=len(made) - 200)
    say("imported", count=len(made), dry=dry_run)


@cli.command()
@click.argument("form_file", metavar="FORM.yaml|FORM.xlsx")
@click.option("--unit", "unit_path", metavar="PATH", required=True, help="Asked of this unit and all below it.")
@click.option("--about", type=click.Choice(["persons", "units"]), help="Of each person or each unit; as the form says.")
@click.option("--calendar", default="daily", show_default=True, help="daily, workdays, weekly:mon,thu, once:DATE.")
@click.option("--opens", help="HH:MM or +1 HH:MM")
@click.option("--remind", help="HH:MM,HH:MM; empty for none")
@click.option("--due", help="HH:MM")
@click.option("--summary", help="HH:MM, the units'")
@click.option("--summary-root", help="HH:MM, the whole's")
@click.option("--escalate", help="HH:MM,HH:MM; empty for none")
@click.option("--lock", help="HH:MM or +1 HH:MM")
@click.option("--timezone", help="Such as Asia/Shanghai.")
@click.option("--name-silent", is_flag=True, help="Name the silent in the groups.")
@click.option("--on-leave", type=click.Choice(["excused", "asked"]), help="People on leave; as the form says.")
@click.option("--code", help="The assignment's code; the form's if not given.")
def assign(form_file: str, unit_path: str, calendar: str, timezone: str | None, name_silent: bool,
           about: str | None, on_leave: str | None, code: str | None, **times: str | None) -> None:  # fmt: skip
    """Ask a form of a unit, day by day: a file of yours, YAML or XLSForm, or the name of a form that comes with us."""
    settings = configuration.load()
    now = datetime.now(UTC)
    with wrong_in(form_file):
        source = _form_source(form_file)
    schedule = calendars.Times.make(**{k: v for k, v in times.items() if v is not None})
    with opened(settings, make=False) as database, database.writing() as session:
        if people.root(session) is None:
            raise Refusal("cli.no_organisation")
        unit = people.unit_at(session, unit_path)
        with wrong_in(form_file):
            version, stored = versions.store(session, source, now)
        made, fresh = assignments.assign(
            session, version, unit, now, calendar=calendar, times=schedule, about=about, code=code,
            timezone=timezone or settings.default_timezone, name_silent=name_silent, on_leave=on_leave,
        )  # fmt: skip
        audit.note(
            session, now, "cli", "assign", made.code, unit=unit.path, times=schedule.stored(), on_leave=made.on_leave
        )
        count = assignments.reach(session, made)
        others = [it.code for it in assignments.asking(session, version.code) if it.id != made.id and stored]
    zoned = Words(words().locale, made.timezone)
    click.echo(zoned.told(
        "assigned", fresh=fresh, code=made.code, unit=unit.path, about=made.about, count=count,
        next_at=made.next_at, times=schedule.stored(), others=others,
    ))  # fmt: skip
    if calendar == "workdays":
        say("years", err=True, year=max(calendars.known_years()))


def _form_source(name: str) -> str:
    """The text of a form file; a bare name like `health` is one that comes with the program."""
    ours = name.removesuffix(".yaml")
    if not Path(name).exists() and ours in bundled.codes():
        return bundled.source(ours)
    made = xlsform.source(read_file(name))
    _say_notes(made.notes)
    return made.text


def _say_notes(notes: list[Note]) -> None:
    for note in notes:
        click.echo(words().refusal(note), err=True)


@cli.command()
@click.argument("staff_numbers", metavar="STAFF_NO...", nargs=-1, required=True)
@click.option("--sheet", metavar="FILE.html", help="Write a sheet to print as well: a slip with code and QR for each.")
def invite(staff_numbers: tuple[str, ...], sheet: str | None) -> None:
    """Print a new enrolment code for each person, and the link it makes; codes before it end."""
    now = datetime.now(UTC)
    with opened(configuration.load(), make=False) as database, database.writing() as session:
        found = [people.find_person(session, number) for number in staff_numbers]
        codes = [(person, addresses.invite(session, person, now)) for person in found]
        for person, _ in codes:
            audit.note(session, now, "cli", "invite", person.staff_no)
        expires = now + addresses.INVITE_LASTS
        rows, made = invitation_sheets.rows(session, codes), invitation_sheets.sheet(words(), session, codes, expires)
    for person, code, links in rows:
        say("code", staff_no=person.staff_no, name=person.name, code=code, links=links, expires=expires)
    if sheet:
        _write(sheet, lambda out: _put(out, made))
        say("written", path=sheet)


@cli.command("export")
@click.option("--day", metavar="YYYY-MM-DD", help="The reports about one day.")
@click.option("--from", "first", metavar="YYYY-MM-DD", help="The reports about all days from this one …")
@click.option("--to", "last", metavar="YYYY-MM-DD", help="… to this one.")
@click.option("--roster", "people_", is_flag=True, help="The people instead: a file that import takes back.")
@click.option("--assignment", "code", help="Only this assignment.")
@click.option("--unit", "unit_path", metavar="PATH", help="Only this unit and those below it.")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
@click.option("--files", metavar="FILE.zip", help="Write the table and the files that people sent into this zip.")
def export_(day: str | None, first: str | None, last: str | None, people_: bool, code: str | None,
            unit_path: str | None, kind: str, output: str | None, files: str | None) -> None:  # fmt: skip
    """Write reports, a row each, as CSV or Excel: of --day, or --from a day --to another. Or the --roster."""
    days = [as_day(it) for it in ((day, day) if day else (first, last)) if it]
    chosen = code or unit_path or days or files
    if (len(days) == 2) == people_ or (day and (first or last)) or (people_ and chosen) or (files and output):
        raise Refusal("cli.export_what")
    if not people_ and days[0] > days[1]:
        raise Refusal("cli.export_order", first=days[0], last=days[1])
    if kind == "xlsx" and not (output or files) and sys.stdout.isatty():
        raise Refusal("cli.export_terminal")
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        if people_:
            today = datetime.now(ZoneInfo(configuration.load().default_timezone)).date()
            made = roster_files.file(session, words(), kind, today)
            _write(output, lambda out: _put(out, made))
            return
        found, unit = _chosen(session, days[0], code, unit_path, days[1])
        if files:
            _write(files, lambda out: _bundle(session, found, unit, kind, out))
        elif kind == "xlsx":
            sheet = " ".join(dict.fromkeys(it.isoformat() for it in days))
            _write(output, lambda out: writer.write_xlsx(exporting.rows(session, found, unit), out, sheet))
        else:
            mark = output is not None  # for Excel, which opens files; programs that read the output want none
            table = exporting.table(session, found, unit)
            _write(output, lambda out: writer.write_csv(table, out, mark=mark))


def _bundle(session: Session, found: list[Period], unit: Unit | None, kind: str, out: IO[bytes]) -> None:
    """The table, marked as the chat's is, and the files it names."""
    rows = exporting.rows(session, found, unit, marked=True)

    def table(part: IO[bytes]) -> None:
        if kind == "xlsx":
            writer.write_xlsx(rows, part, "reports")
        else:
            writer.write_csv(([writer.plain(cell) for cell in row] for row in rows), part)

    archives.write(session, f"reports.{kind}", table, exporting.files(session, found, [unit]), out)


def _put(out: IO[bytes], data: bytes) -> None:
    out.write(data)


def _write(path: str | None, work: Callable[[IO[bytes]], None]) -> None:
    """Has a file written, which is there when it is whole, or standard output. Refusal `cli.unwritable`."""
    if path is None:
        sys.stdout.flush()
        work(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    part = Path(f"{path}{files.PART}")
    try:
        files.remove(part)
        with files.fresh(part) as out:
            work(out)
        part.replace(path)
    except OSError as error:
        raise Refusal("cli.unwritable", path=path, reason=error.strerror) from None
    finally:
        part.unlink(missing_ok=True)


@cli.command()
@click.option("--day", required=True, metavar="YYYY-MM-DD")
@click.option("--assignment", "code", help="Only this assignment; else a list of all.")
@click.option("--unit", "unit_path", metavar="PATH", required=True)
@click.option("--format", "kind", type=click.Choice(["json"]), default="json", show_default=True)
def summary(day: str, code: str | None, unit_path: str, kind: str) -> None:
    """Write a unit's figures of a day, as now and as at close."""
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        found, unit = _chosen(session, as_day(day), code, unit_path)
        if unit is None:
            raise Refusal("people.no_unit", path=unit_path)
        made = [_figures(session, period, unit) for period in found]
    if code and not made:
        raise Refusal("cli.no_period", code=code, day=as_day(day))
    click.echo(json.dumps(made[0] if code else made, ensure_ascii=False, indent=2))


def _chosen(
    session: Session, day: date, code: str | None, path: str | None, last: date | None = None
) -> tuple[list[Period], Unit | None]:
    assignment = assignments.by_code(session, code) if code else None
    unit = people.unit_at(session, path) if path else None
    return periods.in_range(session, day, last or day, assignment, unit), unit


def _figures(session: Session, period: Period, unit: Unit) -> dict[str, Any]:
    kept = figures.at_close(session, period, unit)
    sealed = seals.newest(session, period)
    return {
        "day": period.day.isoformat(),
        "assignment": session.get_one(assignments.Assignment, period.assignment_id).code,
        "unit": unit.path,
        **figures.now(session, period, unit).as_json(),
        "as_at_close": kept.as_json() if kept else None,
        "alerts_open": len(alerts.listed(session, [unit])),
        "seal": sealed.short if sealed else None,
    }


@cli.command()
@click.option("--seal", "prefix", metavar="PREFIX", help="The letters printed in a group post or an evening report.")
@click.option("--against", metavar="FILE", help="A seal file, best a copy kept elsewhere: is this its history?")
def verify(prefix: str | None, against: str | None) -> None:
    """Check every record against its seal; exit 1 and say what differs."""
    lines = read_file(against).decode("utf-8-sig", errors="replace").splitlines() if against else []
    with opened(configuration.load(), make=False) as database, database.reading() as session:
        found = seals.with_prefix(session, prefix) if prefix else []
        for seal, code, day in seal_lines.told(session, found):
            say("seal_found", seal=seal.short, code=code, day=day, at=seal.made_at, rows=seal.rows)
        verdict = verification.verify(session)
        compared = seal_lines.compare(session, lines) if against else seal_lines.Comparison()
    differs = compared.differs + verdict.differs
    for what, where, detail in differs[:MOST_SHOWN]:
        say("differs", err=True, what=what, where=where, detail=detail)
    if len(differs) > MOST_SHOWN:
        say("more", err=True, count=len(differs) - MOST_SHOWN)
    if prefix and not found:
        say("seal_unknown", err=True, seal=prefix)
    counted = {"seals": verdict.seals, "reports": verdict.reports, "revisions": verdict.revisions}
    if against:
        say("compared", path=against, it=compared)
    counted["erased"], counted["entries"] = verdict.erased, verdict.entries
    say("verified", err=bool(differs), differs=len(differs), **counted)
    if differs or (prefix and not found):
        sys.exit(1)


@cli.command()
@click.argument("staff_no", metavar="STAFF_NO")
@click.argument("receipt", metavar="RECEIPT")
@click.option("--reason", required=True, help="Why; kept for ever, so write nothing in it that has to go.")
@click.option("--day", metavar="YYYY-MM-DD", help="Of which day the report is, if its number was given on several.")
@click.option("--yes", "sure", is_flag=True, help="Do not ask.")
def erase(staff_no: str, receipt: str, reason: str, day: str | None, sure: bool) -> None:
    """Erase what a person wrote in a report or an incident: all its versions and files, for ever. That it was erased,
    when and why stays on record, and every seal holds."""
    now = datetime.now(UTC)
    with opened(configuration.load(), make=False) as database:
        with database.reading() as session:
            person = people.find_person(session, staff_no)
            count = len(erasures.written(session, person, receipt, as_day(day) if day else None))
        if not sure:
            say("erase_sure", receipt=receipt, name=person.name, staff_no=person.staff_no, count=count)
            typed = click.prompt(words().told("erase_type", receipt=receipt).strip(), default="", show_default=False)
            if typed.strip().upper() != receipt.strip().upper():
                say("erase_left", err=True)
                sys.exit(1)
        with database.writing() as session:
            for it in erasures.written(session, person, receipt, as_day(day) if day else None):
                erasures.erase(session, it, "cli", reason, now)
    say("erased", count=count)


@cli.command("backup")
@click.argument("target", metavar="[FILE]", required=False)
@click.option("--to", "folder", metavar="DIR", help="The folder to write it to, under a name with the time.")
def backup_(target: str | None, folder: str | None) -> None:
    """Write a backup beside everything that goes on, open it, and verify it; exit 1 where it differs from its seals."""
    if target and folder:
        raise click.UsageError("Either FILE or --to DIR.")
    settings, now = configuration.load(), datetime.now(UTC)
    with opened(settings, make=False, any_version=True) as database:
        path = Path(target) if target else backup.free(Path(folder or settings.backup_dir), database, now)
        url = settings.database_url.get_secret_value()
        made = backup.make(url, database, path, now, marked=not target)
        if made.manifest.schema == newest_revision() and opening.can_be_written(make_url(url)):  # a medium may not be
            _note_backup(database, made, now)
    say("backed_up", path=made.path, manifest=manifests.of(made.path).name, it=made.manifest)
    _say_differs(made.manifest.differs, made.path)


def _say_differs(differs: int | None, path: object) -> None:
    if differs:
        say("backup_differs", err=True, path=path, count=differs)
        sys.exit(1)


@cli.command()
@click.argument("source", metavar="[BACKUP]", required=False)
@click.option("--check", "only_check", is_flag=True, help="Look whether BACKUP is whole, and restore nothing.")
@click.option("--replace", is_flag=True, help="Set aside the database that stands there. Stop the program first.")
@click.option("--without-manifest", "unproven", is_flag=True, help="Take a file whose manifest is lost or damaged.")
@click.option("--release", type=click.Choice(["send", "drop"]), help="What becomes of messages that were set aside.")
def restore(source: str | None, only_check: bool, replace: bool, unproven: bool, release: str | None) -> None:
    """Put a backup in the place of a lost database; it sends nothing until --release says what to do."""
    settings, now = configuration.load(), datetime.now(UTC)
    if not source and (not release or only_check or replace or unproven):
        raise Refusal("backup.nothing_asked")
    if source and only_check:
        made = restoring.check(Path(source), unproven=unproven)
        say("backup_whole", path=source, it=made)
        _say_differs(made.differs, source)
        return
    differs = None
    if source:
        url = settings.database_url.get_secret_value()
        done = restoring.restore(Path(source), url, now, instead=replace, unproven=unproven)
        say("restored", path=source, count=done.messages, aside=done.aside)
        differs = done.differs
    if release:
        with opened(settings, make=False) as database, database.writing() as session:
            count = backup.release(session, send=release == "send")
            audit.note(session, now, "cli", "release", release, messages=count)
        say("released", send=release == "send", count=count)
    _say_differs(differs, source)


@cli.command()
def check() -> None:
    """Look at everything an operator should mend before users notice; exit 1 if there is anything."""
    from bot import checks

    settings = configuration.load()
    with opened(settings, make=False, any_version=True) as database:
        found = checks.run(settings, database)
    for finding in found:
        state = words().refusal(finding.state) if finding.state else ""
        say("finding", id=finding.id, fine=finding.fine, detail=finding.detail, state=state)
    if not all(finding.fine for finding in found):
        sys.exit(1)


@cli.command()
@click.argument("act", metavar="[confirm]", type=click.Choice(["confirm"]), required=False)
def clock(act: str | None) -> None:
    """Say whether the machine's clock jumped and is held; `confirm` says that it is right."""
    now = datetime.now(UTC)
    with opened(configuration.load(), make=False) as database, database.writing() as session:
        jump = clock_jumps.confirm(session) if act else clock_jumps.held(session)
        if jump and act:
            audit.note(session, now, "cli", "clock.confirmed", "")
    say("clock", jump=jump, machine=now)


@cli.command()
def plan() -> None:
    """Say what the next day's waves will be, how many messages each is, and how long it takes."""
    settings = configuration.load()
    with opened(settings, make=False) as database, database.reading() as session:
        found = forecast.waves(session)
    for wave in found:
        say("wave", wave=wave, takes=wave.pace(settings.house.rates))
    if not found:
        say("no_waves")


def main() -> None:
    """Runs a command; whatever goes wrong is said in a few lines on stderr, never as a trace."""
    os.umask(0o077)  # whatever is written is nobody else's: answers, codes, names
    logs.begin(Redaction(configured()))
    try:
        told = configuration.load(only=["log_level", "log_lines"])
        logging.getLogger().setLevel(told.log_level)
        logs.bound(told.log_lines)
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(1)
    except BadFile as error:
        _say_all(error)
        sys.exit(2)
    except Refusal as error:
        _say_one(error)
        sys.exit(ENDS.get(error.key, 2))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        state = database_states.system(error) if isinstance(error, OSError) else None
        if state:
            _say_one(state)
            sys.exit(2)
        _say_failed(error)
        sys.exit(1)


def _say_one(refusal: Refusal) -> None:
    click.echo(Redaction(configured())(Words(spoken()).refusal(refusal)), err=True)


def _say_all(error: BadFile) -> None:
    for refusal in error.refusals[:100]:
        sentence = words().refusal(refusal)
        if refusal.line:
            say("at_line", err=True, file=error.path, sheet=refusal.sheet, line=refusal.line, sentence=sentence)
        else:
            click.echo(sentence, err=True)
    say("bad_lines", err=True, count=len(error.refusals))


def _say_failed(error: Exception) -> None:
    from models.core.updates import fault_number

    number = fault_number()
    log.error("fault %s: %s", number, type(error).__name__)
    log.debug("fault %s", number, exc_info=error)
    say("failed", err=True, number=number)

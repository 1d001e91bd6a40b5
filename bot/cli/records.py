"""Commands about records: verify, erase, backup, restore."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from bot import opening
from bot import settings as configuration
from bot.backups import backup, manifests
from bot.backups import restore as restore_module
from bot.cli.group import cli
from bot.cli.shared import as_day, opened, read_file, say, words
from bot.cli.spoken import _, option
from models.core import audit
from models.core.database import Database
from models.core.errors import Refusal
from models.core.schema import newest_revision
from models.evidence import erasures, seal_lines, seals, verification
from models.organisation import people

MOST_SHOWN = 50  # differences that verify lists


def note_backup(database: Database, made: backup.Backup, now: datetime) -> None:
    found = made.manifest
    with database.writing() as session:
        audit.note(
            session, now, "cli", "backup", made.path.name,
            seals=found.seals, revisions=found.revisions, differs=found.differs,
        )  # fmt: skip


@cli.command()
@option(
    "--seal",
    "prefix",
    metavar="PREFIX",
    help=_("Look up the seal shown in a group post or evening report."),
)
@option("--against", metavar="FILE", help=_("Compare with a seal file, preferably a copy kept elsewhere."))
def verify(prefix: str | None, against: str | None) -> None:
    """Check every record against its seal; exit 1 and name what differs."""
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
@option("--reason", required=True, help=_("The reason. It is kept, so leave out what is to be erased."))
@option("--day", metavar="YYYY-MM-DD", help=_("The report’s day, if the receipt number was used on several."))
@option("--yes", "sure", is_flag=True, help=_("Erase without asking."))
def erase(staff_no: str, receipt: str, reason: str, day: str | None, sure: bool) -> None:
    """Erase what a person wrote in a report, an incident or a question: all its versions and files, for ever. A notice,
    survey or roll call is named as notice:12; what the person sent is erased, and what they answered in words. That it
    was erased, when and why stays on record, and every seal holds."""
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
@option("--to", "folder", metavar="DIR", help=_("Write it to this folder, under a name with the time."))
def backup_(target: str | None, folder: str | None) -> None:
    """Write a backup while the program runs, open and verify it; exit 1 if it differs from its seals."""
    if target and folder:
        raise Refusal("backup.one_target")
    settings, now = configuration.load(), datetime.now(UTC)
    with opened(settings, make=False, any_version=True) as database:
        path = Path(target) if target else backup.free(Path(folder or settings.backup_dir), database, now)
        url = settings.database_url.get_secret_value()
        made = backup.make(url, database, path, now, marked=not target)
        if made.manifest.schema == newest_revision() and opening.can_be_written(make_url(url)):  # it may be read-only
            note_backup(database, made, now)
    say("backed_up", path=made.path, manifest=manifests.of(made.path).name, it=made.manifest)
    say_differs(made.manifest.differs, made.path)


def say_differs(differs: int | None, path: object) -> None:
    if differs:
        say("backup_differs", err=True, path=path, count=differs)
        sys.exit(1)


@cli.command()
@click.argument("source", metavar="[BACKUP]", required=False)
@option("--check", "only_check", is_flag=True, help=_("Only check that BACKUP is complete; restore nothing."))
@option("--replace", is_flag=True, help=_("Set aside the existing database. Stop the program first."))
@option("--without-manifest", "unproven", is_flag=True, help=_("Accept a file whose manifest is lost or damaged."))
@option("--release", type=click.Choice(["send", "drop"]), help=_("Send or discard the messages on hold."))
def restore(source: str | None, only_check: bool, replace: bool, unproven: bool, release: str | None) -> None:
    """Restore a backup in place of a lost database; nothing is sent until --release decides."""
    settings, now = configuration.load(), datetime.now(UTC)
    if not source and (not release or only_check or replace or unproven):
        raise Refusal("backup.nothing_asked")
    if source and only_check:
        made = restore_module.check(Path(source), unproven=unproven)
        say("backup_whole", path=source, it=made)
        say_differs(made.differs, source)
        return
    differs = None
    if source:
        url = settings.database_url.get_secret_value()
        done = restore_module.restore(Path(source), url, now, instead=replace, unproven=unproven)
        say("restored", path=source, count=done.messages, aside=done.aside)
        differs = done.differs
    if release:
        with opened(settings, make=False) as database, database.writing() as session:
            count = backup.release(session, send=release == "send")
            audit.note(session, now, "cli", "release", release, messages=count)
        say("released", send=release == "send", count=count)
    say_differs(differs, source)

"""Run `zeroreport check`: what an operator should fix before users notice, each with an id, a problem and a cure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import select

from bot.backups.backup import DIFFERS, OURS
from bot.channels.registry import CHANNELS
from bot.opening import can_be_written, free, sound
from bot.settings import Settings
from models.core import clock_jumps, database_states, leases
from models.core.database import Database
from models.core.errors import Refusal
from models.core.schema import newest_revision, revision
from models.cycle.assignments import Assignment
from models.cycle.steps import Heartbeat
from models.evidence import seal_lines
from models.operations import lead_gaps
from models.operations.restore_hold import parked
from models.organisation import people, units
from models.time import calendars, times

SILENT = timedelta(minutes=2)  # without a tick, after which no program is working here
MONTHS_AHEAD = timedelta(days=45)


@dataclass(frozen=True)
class Finding:
    """One finding: `id` names the words in `templates/cli/finding.j2`; `fine` is False if something has to be done,
    `state` names the state of the machine that is to blame."""

    id: str
    fine: bool
    detail: str = ""
    state: Refusal | None = None


def run(settings: Settings, database: Database) -> list[Finding]:
    """Return every check, in the order in which one would act."""
    found = [_database(database), _migrations(database), _private(database), _disk(settings, database)]
    if found[1].fine:
        found += [
            _organisation(database),
            *_leads(settings, database),
            _clock(database),
            _held(database),
            _ticks(database),
            _parking(database),
            _calendars(database),
            _zones(database),
        ]
        found += [*_bots(settings, database), *_seal_file(settings, database)]
    return [*found, _backups(settings), *_channels(settings)]


def _bots(settings: Settings, database: Database) -> list[Finding]:
    """Check that no other program runs here with another bot of the same channel."""
    bots = [f"{channel.name}:{bot}" for channel in CHANNELS if (bot := channel.bot(settings))]
    if not bots:
        return []
    with database.reading() as session:
        others = leases.rivals(session, bots, datetime.now(UTC))
    return [Finding("other_bot", not others, ", ".join(others))]


def _seal_file(settings: Settings, database: Database) -> list[Finding]:
    """Check that the seal file is there, can be written, and belongs to these records."""
    if not settings.seal_file:
        return []
    path = Path(settings.seal_file)
    if not path.exists():
        return [Finding("seal_file", False, str(path))]
    try:
        with path.open("rb+") as file, database.reading() as session:
            made = seal_lines.compare(session, (line.decode(errors="replace") for line in file))
    except OSError as error:
        return [Finding("seal_file", False, error.strerror or type(error).__name__)]
    if made.differs:
        return [Finding("seal_file_differs", False, f"zeroreport verify --against {path}")]
    return [Finding("seal_file", True, f"№{made.last}")]


def _channels(settings: Settings) -> list[Finding]:
    return [Finding(*it) for channel in CHANNELS for it in channel.checks(settings, settings.public_url)]


def _database(database: Database) -> Finding:
    """Check that the database can be written, and is whole."""
    url = database.write.url
    try:
        with database.writing() as session:
            session.execute(text("SELECT 1"))
        damaged = url.get_backend_name() == "sqlite" and not sound(database)
        state = Refusal("database.corrupt", path=str(url.database)) if damaged else None
        if not can_be_written(url):
            state = Refusal("database.read_only", path=str(url.database))
    except Exception as error:
        state = database_states.told(error, url)
        return Finding("database", False, type(error).__name__, state)
    return Finding("database", state is None, state=state)


def _private(database: Database) -> Finding:
    """Check that others on this machine cannot read what people answered."""
    url = database.write.url
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not path.exists():
        return Finding("private", True)
    return Finding("private", not path.stat().st_mode & 0o007, str(path))


def _migrations(database: Database) -> Finding:
    stands, newest = revision(database), newest_revision()
    return Finding("migrations", stands == newest, f"{stands or '–'} / {newest}")


def _disk(settings: Settings, database: Database) -> Finding:
    left = free(database.write.url) // (1024 * 1024)
    return Finding("disk", left >= settings.disk_least_mb, f"{left} MB")


def _organisation(database: Database) -> Finding:
    with database.reading() as session:
        return Finding("organisation", units.root(session) is not None)


def _leads(settings: Settings, database: Database) -> list[Finding]:
    """Check that the summaries of an organisation that is asked anything reach somebody."""
    with database.reading() as session:
        if session.exec(select(Assignment.id).limit(1)).first() is None:
            return []
        found = lead_gaps.gaps(session, datetime.now(ZoneInfo(settings.default_timezone)).date())
    root = [Finding("root_lead", False, found.root.name)] if found.root else []
    names = ", ".join(f"{person.name} ({person.staff_no})" for person, _ in found.strangers[:5])
    more = f" +{len(found.strangers) - 5}" if len(found.strangers) > 5 else ""
    strangers = [Finding("lead_not_enrolled", False, names + more)] if names else []
    return [*root, *strangers] or [Finding("root_lead", True)]


def _clock(database: Database) -> Finding:
    """Check the last tick of whatever program runs on this database: one in the future means that a clock went back."""
    with database.reading() as session:
        pulse = session.get(Heartbeat, 1)
    ahead = pulse is not None and pulse.at > datetime.now(UTC) + timedelta(minutes=2)
    return Finding("clock", not ahead, pulse.at.isoformat(timespec="seconds") if pulse else "–")


def _held(database: Database) -> Finding:
    """Check that no jump of the machine's clock is held without anybody having said which time is right."""
    with database.reading() as session:
        jump = clock_jumps.held(session)
    told = f"{jump.since.isoformat(timespec='seconds')} → {jump.machine.isoformat(timespec='seconds')}" if jump else ""
    return Finding("clock_held", jump is None, told)


def _ticks(database: Database) -> Finding:
    """Check that a program leads and its ticks succeed; nothing is known of a database on which none ever ran."""
    with database.reading() as session:
        pulse = session.get(Heartbeat, 1)
        waits = parked(session) or clock_jumps.held(session) is not None
    late = pulse is not None and not waits and datetime.now(UTC) - pulse.at > SILENT
    return Finding("ticks", not late, pulse.at.isoformat(timespec="seconds") if pulse else "–")


def _parking(database: Database) -> Finding:
    with database.reading() as session:
        return Finding("parked", not parked(session))


def _calendars(database: Database) -> Finding:
    with database.reading() as session:
        used = session.exec(select(Assignment.code).where(Assignment.calendar == "workdays")).all()
    last = max(calendars.known_years())
    return Finding("calendar", not used or (datetime.now(UTC) + MONTHS_AHEAD).year <= last, str(last))


def _zones(database: Database) -> Finding:
    with database.reading() as session:
        names = {*session.exec(select(Assignment.timezone)).all(), *session.exec(select(people.Person.timezone)).all()}
    wrong = [name for name in names if name and not _known(name)]
    return Finding("zones", not wrong, ", ".join(wrong))


def _known(name: str) -> bool:
    try:
        times.zone(name)
    except Refusal:
        return False
    return True


def _backups(settings: Settings) -> Finding:
    newest = max(Path(settings.backup_dir).glob(OURS), default=None)
    if newest is None:
        return Finding("backup", False, str(settings.backup_dir))
    if newest.stem.endswith(DIFFERS):
        return Finding("backup_differs", False, newest.name)
    age = datetime.now(UTC) - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    return Finding("backup", age < timedelta(hours=36), newest.name)

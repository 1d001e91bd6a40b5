"""Fill in a report's form on a page as a browser would: what the page shows is remembered until it is asked again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

from sqlmodel import select

from handlers.core.incoming import FilledPage
from handlers.core.turn import Turn
from handlers.dashboard import filling
from handlers.dashboard.filling import FillPage
from models.files import blobs
from models.forms.spec import MEDIA
from models.messaging import addresses
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import Report
from tests.support.world import World

FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>(?:\n([^<]*)</textarea>)?")
MULTIPART = "multipart/form-data; boundary=zz"
Entered = Sequence[tuple[str, str]]


def fields_of(html: str) -> list[tuple[str, str]]:
    """Return what a browser would send of the form on this page if nothing was entered."""
    found = []
    for tag, attributes, text in FIELD.findall(html):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        loose = set(re.sub(r'[\w-]+="[^"]*"', "", attributes).split())
        if "name" not in told or "disabled" in loose or told.get("type") == "file" or tag == "select":
            continue
        if told.get("type") in ("radio", "checkbox") and "checked" not in loose:
            continue
        found.append((unescape(told["name"]), unescape(text if tag == "textarea" else told.get("value", ""))))
    return found


def changed(fields: Entered, do: str = "submit", **values: str) -> list[tuple[str, str]]:
    """Return the fields with some of them entered anew, and the button that is pressed."""
    kept = [it for it in fields if it[0].removeprefix("q.") not in values]
    return [*kept, ("do", do), *((f"q.{name}", value) for name, value in values.items())]


def body_of(fields: Entered, files: Sequence[tuple[str, str, str, bytes]] = ()) -> bytes:
    """Return a form as a browser sends it; `files`: name of the field, name of the file, type, bytes."""
    body = b"".join(
        f'--zz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields
    )
    for name, called, mime, data in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{called}"\r\nContent-Type: {mime}'
        body += f"--zz\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return body + b"--zz--\r\n"


def report_of(world: World, name: str) -> int:
    """Return the id of the newest report about a person or a unit."""
    with world.database.reading() as session:
        person = session.exec(select(Person.id).where(Person.name == name)).first()
        unit = session.exec(select(Unit.id).where(Unit.name == name)).first()
        about = Report.person_id == person if person else Report.unit_id == unit
        return max(session.exec(select(Report.id).where(about)).all())


@dataclass
class Device:
    """A page that is open on somebody's device."""

    world: World
    who: str
    report: int
    page: FillPage = field(init=False)
    held: dict[str, list[str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    said: str | None = None

    def __post_init__(self) -> None:
        self.open()

    def open(self, *, change: bool = False) -> FillPage:
        """Load the page, as it stands now."""
        return self._show(None, change=change)

    def enter(self, **values: str | list[str]) -> None:
        """Enter into fields, without leaving them."""
        self.held |= {name: [value] if isinstance(value, str) else value for name, value in values.items()}

    def leave(self, **values: str | list[str]) -> str | None:
        """Enter into fields and leave them, so that they are saved."""
        self.enter(**values)
        return self.press("save")

    def press(self, do: str, about: str = "") -> str | None:
        """Press a button; return what the page says then."""
        return self._send(FilledPage(
            self.report, do, about, dict(self.held), dict(self.seen), self.page.files_mark,
            self.page.asked.report.head_id or 0, self.page.asked.period.version_id,
        ))  # fmt: skip

    def send(self, name: str, about: str = "", mime: str = "image/jpeg", data: bytes = b"photo") -> str | None:
        """Send a photo or a file, as the answer to a question or with none."""
        with self.world.database.writing() as session:
            file = blobs.keep(session, name, mime, data)
        return self._send(FilledPage(self.report, "file", about), file=file)

    @property
    def wrong(self) -> dict[str, str]:
        return {it.question.name: it.wrong for it in self.page.wrong}

    @property
    def asks(self) -> list[str]:
        return [it.question.name for it in self.page.asks if it.applies]

    def _send(self, sent: FilledPage, **what: object) -> str | None:
        self.said = self.world.hand_in(self.world.incoming(self.who, page=sent, **what))
        self._show(sent)
        return self.said

    def _show(self, sent: FilledPage | None, *, change: bool = False) -> FillPage:
        with self.world.database.reading() as session:
            context = self.world.desk.context(session, self.world.clock.now())
            person, address = addresses.who(session, "web", self.world.number(self.who)) or (None, None)
            turn = Turn.of(context, self.world.incoming(self.who), address, person)
            held = sent if sent and sent.do != "file" else None
            self.page = filling.gather(turn, self.report, change=change, sent=held)
            session.expunge_all()
        typed = [it for it in self.page.asks if it.question.type not in (*MEDIA, "note")]
        self.held = {it.question.name: list(it.held) for it in typed}
        self.seen = {it.question.name: it.mark for it in self.page.asks if it.applies}
        return self.page

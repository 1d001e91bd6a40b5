"""A small organisation's dashboard over a real socket, reached by its public address."""

import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from bot.channels.package import Door
from bot.desk import Desk
from bot.web.dashboard.dashboard import Dashboard
from bot.web.dashboard.visits import COOKIE, csrf_of
from handlers.core.context import Defaults
from handlers.core.incoming import Incoming
from handlers.core.locales import translations
from models.core.database import Database, connect
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from tests.support import files_read
from tests.support.beginnings import Begun
from tests.support.databases import Beginnings
from tests.support.serving import Reply, Served, serving
from tests.support.world import World

HOST = "reports.example.org"


@dataclass
class Board:
    """The dashboard and the chats it belongs to. Browsers are told apart by their cookies."""

    world: World
    served: Served
    made: Dashboard

    def link(self, who: str) -> str:
        """Return the path of a new link."""
        return re.findall(rf"https://{HOST}(/dashboard/in/\S+)", self.world.says(who, "看板"))[0]

    def enter(self, link: str, **headers: str) -> Reply:
        sent = {"Host": HOST, "Origin": f"https://{HOST}", "Accept_Language": "zh"} | headers
        return self.served.post(link, b"", **sent)

    def sign_in(self, who: str) -> str:
        """Return the token of a new session."""
        answer = self.enter(self.link(who))
        assert answer.status == 303
        return re.findall(rf"__Host-{COOKIE}=([^;]+);", answer.headers["set-cookie"])[0]

    def get(self, token: str, query: str = "", **headers: str) -> Reply:
        sent = {"Host": HOST, "Cookie": f"__Host-{COOKIE}={token}", "Accept_Language": "zh", "Accept": "text/html"}
        return self.served.get(quote(f"/dashboard/{query}", safe="/?&=%+"), **(sent | headers))

    def data(self, token: str, query: str = "") -> Any:
        return self.get(token, query, Accept="application/json").json

    def text(self, token: str, query: str = "") -> str:
        return self.get(token, query).body.decode()

    def press(self, token: str, button: str, path: str = "act", **changed: str) -> Reply:
        """Tap a button on a page; `csrf` and `page` are fields of its form, all else are headers."""
        return self._post(token, path, {"do": button}, changed)

    def say(self, token: str, words: str, path: str = "act", **changed: str) -> Reply:
        """Send words from a page."""
        return self._post(token, path, {"say": words}, changed)

    def fill(self, token: str, fields: dict[str, str], **changed: str) -> Reply:
        """Send a form whose fields make up a command."""
        return self._post(token, "act", fields, changed)

    def send(self, token: str, name: str, data: bytes, page: str = "/dashboard/people", **changed: str) -> Reply:
        """Send a file from a page, as a browser does."""
        csrf = changed.pop("csrf", csrf_of(token))
        fields = {"csrf": csrf, "page": page}
        body = "".join(
            f'--zz\r\nContent-Disposition: form-data; name="{it}"\r\n\r\n{value}\r\n' for it, value in fields.items()
        )
        body += f'--zz\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        sent = {
            "Host": HOST, "Origin": f"https://{HOST}", "Cookie": f"__Host-{COOKIE}={token}", "Accept_Language": "zh",
            "Content_Type": "multipart/form-data; boundary=zz",
        }  # fmt: skip
        return self.served.post("/dashboard/file", body.encode() + data + b"\r\n--zz--\r\n", **(sent | changed))

    @staticmethod
    def button(page: str, label: str) -> str:
        """Return what the button of this label carries."""
        found = re.findall(r'name="do" value="([^"]+)"[^>]*>([^<]+)</button>', page)
        return next(data for data, said in found if label in said)

    def unit(self, name: str) -> int:
        """Return the id of a unit."""
        with self.world.database.reading() as session:
            return session.exec(select(Unit.id).where(Unit.name == name)).one()

    def person(self, name: str) -> int:
        """Return the id of a person."""
        with self.world.database.reading() as session:
            return session.exec(select(Person.id).where(Person.name == name)).one()

    @staticmethod
    def words(page: str) -> str:
        """Return what a part of a page says, without its markup."""
        return unescape(re.sub(r"<[^>]+>", "", page))

    def make_admin(self, who: str, unit: str) -> None:
        """Make somebody the admin of a unit."""
        with self.world.database.writing() as session:
            person = session.exec(select(Person).where(Person.name == who)).one()
            place = session.exec(select(Unit).where(Unit.name == unit)).one()
            known = select(Membership).where(Membership.person_id == person.id, Membership.unit_id == place.id)
            held = session.exec(known).first() or Membership(person_id=person.id, unit_id=place.id)
            held.role = Role.ADMIN
            session.add(held)

    def _post(self, token: str, path: str, fields: dict[str, str], changed: dict[str, str]) -> Reply:
        sent = {
            "Host": HOST,
            "Origin": f"https://{HOST}",
            "Cookie": f"__Host-{COOKIE}={token}",
            "Accept_Language": "zh",
        }
        told = {"csrf": csrf_of(token)} | fields
        told |= {name: value for name, value in changed.items() if name in ("csrf", "page")}
        headers = {name: value for name, value in changed.items() if name not in told}
        return self.served.post(f"/dashboard/{path}", urlencode(told).encode(), **(sent | headers))


def at_eight(world: World) -> None:
    """Play the small organisation's Monday until everybody was asked."""
    world.organisation()
    world.assign()
    world.at("08:00")


def at_eight_elsewhere(world: World) -> None:
    """Do the same for readers who come by the public address."""
    world.set_defaults(public_url=f"https://{HOST}")
    at_eight(world)


@contextmanager
def opened(
    database: Database, ways: Mapping[str, Door] | None = None, url: str = f"https://{HOST}",
    begun: Begun | None = None,
) -> Iterator[Board]:  # fmt: skip
    """Serve the dashboard of a small organisation, to which channels may bring `ways` in. Without a `url` it is for
    this machine, from its chat page."""
    if begun:
        world = begun.world(database)
        world.set_defaults(public_url=url)
    else:
        world = World(database, Defaults(public_url=url))
        at_eight(world)
    with ThreadPoolExecutor(1) as worker:

        async def read(incoming: Incoming, data: bytes) -> Incoming:
            return files_read.read_data(database, incoming, data)

        made = Dashboard(
            Desk(database, world.defaults, world.clock, worker),
            database,
            world.clock.now,
            url,
            ways=ways,
            read=read,
        )
        with serving(database, demo=not url, dashboard=made, translations=translations) as served:
            yield Board(world, served, made)


@pytest.fixture(scope="module")
def here(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Served]]:
    """Serve one dashboard on this machine to all browser tests of a module."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("here") / "board.db"))
    database = connect(f"sqlite:///{file}")
    with opened(database, url="") as made:
        yield made.world, made.served
    database.close()


def open_board(page: Page, served: Served, account: str) -> Page:
    """Go to the dashboard from the chat page, as whoever has this account there."""
    page.goto(f"http://127.0.0.1:{served.port}/#{account}")
    with page.context.expect_page() as came:
        page.locator("#to-board button").click()
    expect(came.value.locator("header.top")).to_be_visible()
    came.value.wait_for_load_state("load")  # its styles too, which some tests ask for
    return came.value


@pytest.fixture
def begun(database_kind: str, beginnings: Beginnings) -> Begun:
    return beginnings.played(database_kind, at_eight_elsewhere)


@pytest.fixture
def board(database: Database, begun: Begun) -> Iterator[Board]:
    with opened(database, begun=begun) as made:
        yield made

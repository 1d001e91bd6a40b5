"""What holds for every page of the dashboard: who gets in, who does not, and that the API's document tells of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session, select

from handlers.core.access import ADMIN, LEAD, MEMBER, Access
from handlers.dashboard.all_pages import PAGES
from handlers.dashboard.pages import Page
from models.messaging.addresses import Address, Reach
from models.organisation.people import Membership, Person, Role
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.bot.web.dashboard.test_tokens import ask, make

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name or "today")
KINDS = ("text/html", "application/json", "text/csv")
WHO: tuple[tuple[Access, str], ...] = ((MEMBER, "李梅"), (LEAD, "王建国"), (LEAD, "陈局"), (ADMIN, "周敏"))
ASKED = "q=钱丽&person=1&id=1&code=health&who=1005"  # what some page or other would tell of somebody
TOLD = ("钱丽", "二站", "每日健康")
API = (Path(__file__).parents[4] / "docs" / "api.md").read_text("utf-8")


def statuses(board: Board, token: str, page: Page) -> set[int]:
    """Return how the page answers this browser, in every kind; without what it asks for it may be unknown."""
    return {board.get(token, page.name, Accept=kind).status for kind in KINDS}


def refused(board: Board, token: str, page: Page) -> None:
    """Check that the page is refused to this browser whatever is asked, tells nothing, and is not linked to."""
    for kind in ("", "json", "csv", "file"):
        answer = board.get(token, f"{page.name}?{ASKED}&as={kind}")
        assert answer.status == 403
        assert not [it for it in TOLD if it in answer.body.decode()]
    assert f"/dashboard/{page.name}" not in board.text(token)


def opens(page: Page, found: set[int]) -> bool:
    return found == {200} or (not page.group and found == {404})


@contextmanager
def changed(board: Board, who: str) -> Iterator[tuple[Session, Person]]:
    with board.world.database.writing() as session:
        yield session, session.exec(select(Person).where(Person.name == who)).one()


@EVERY_PAGE
@pytest.mark.sqlite
def test_a_page_opens_for_its_role_and_those_above_and_for_nobody_else(board: Board, page: Page) -> None:
    for role, who in WHO:
        token = board.sign_in(who)
        found = statuses(board, token, page)
        assert opens(page, found) if role >= page.access else found == {403}, who
        if role < page.access:
            refused(board, token, page)
        elif page.group:
            assert f'href="/dashboard/{page.name}"' in board.text(token)
        answer = ask(board, make(board, who), page.name)
        assert answer.status in ((200, 404) if role >= page.access else (403,)), who
        assert answer.headers["content-type"].startswith("application/json")
    assert statuses(board, "x", page) == {401}
    assert board.served.get(f"/dashboard/{page.name}", Host=HOST).status == 401


@EVERY_PAGE
@pytest.mark.sqlite
def test_a_role_that_is_taken_away_counts_at_the_next_request(board: Board, page: Page) -> None:
    session_token, program = board.sign_in("周敏"), make(board, "周敏")
    assert opens(page, statuses(board, session_token, page))
    with changed(board, "周敏") as (session, person):
        for held in session.exec(select(Membership).where(Membership.person_id == person.id)):
            held.role = Role.MEMBER
            session.add(held)
    found = statuses(board, session_token, page)
    assert opens(page, found) if page.access == MEMBER else found == {403}
    assert ask(board, program, page.name).status in ((200, 404) if page.access == MEMBER else (403,))


@EVERY_PAGE
@pytest.mark.sqlite
def test_a_retired_address_and_a_person_who_left_open_nothing(board: Board, page: Page) -> None:
    admin, lead, program = board.sign_in("周敏"), board.sign_in("王建国"), make(board, "周敏")
    with changed(board, "周敏") as (session, person):
        for address in session.exec(select(Address).where(Address.person_id == person.id)):
            address.reach = Reach.RETIRED
            session.add(address)
    with changed(board, "王建国") as (session, person):
        person.left_on = board.world.defaults.today(board.world.clock.now())
        session.add(person)
    assert statuses(board, admin, page) == statuses(board, lead, page) == {401}
    assert ask(board, program, page.name).status == 401


def test_every_page_is_gathered_on_either_database(board: Board) -> None:
    for who, role in (("周敏", ADMIN), ("陈局", LEAD)):
        for page in PAGES:
            if page.access <= role:
                token = board.sign_in(who)  # a session may ask for so many pages a minute
                assert opens(page, statuses(board, token, page)), (page.name, who)


@EVERY_PAGE
@pytest.mark.sqlite
def test_the_document_of_the_api_has_the_page_and_its_fields(board: Board, page: Page) -> None:
    found = re.search(rf"^### `/dashboard/{page.name}[`?].*?(?=^###? |\Z)", API, re.S | re.M)
    assert found, f"docs/api.md has no section about /dashboard/{page.name}"
    answer = board.data(board.sign_in("周敏"), page.name)
    missing = [
        it for it in answer if it not in ("organisation", "reader", "now", "error") and f"`{it}`" not in found[0]
    ]
    assert not missing, f"docs/api.md does not tell of {missing}"


def test_every_page_is_in_the_menu_but_those_that_another_page_leads_to() -> None:
    """A new page says its `group`; its words are in templates/dashboard/_menu.j2."""
    assert {page.name for page in PAGES if not page.group} == {"exports", "form", "report", "task", "unit"}


@pytest.mark.sqlite
def test_the_menu_of_a_member_has_no_heading_without_a_page(board: Board) -> None:
    admin, member = (board.text(board.sign_in(who)) for who in ("周敏", "李梅"))
    assert 'id="menu-settings"' in admin and 'id="menu-record"' in admin
    assert 'id="menu-settings"' not in member and 'id="menu-leading"' not in member and 'id="menu-word"' in member
    assert "/dashboard/timeline" in member and "/dashboard/audit" not in member

"""Who gets into the dashboard: a link for one use, a session that says who and never what they may."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.web.dashboard import visits
from bot.web.dashboard.dashboard import Dashboard
from bot.web.dashboard.visits import AT_ONCE, COOKIE
from models.messaging import dashboard_keys
from models.messaging.addresses import Address, Reach
from models.messaging.dashboard_keys import MOST, DashboardKey, Kind
from models.organisation.people import Membership, Person, Role
from tests.bot.web.dashboard.conftest import HOST, Board
from tests.support.serving import serving


def test_a_link_names_whose_it_is_and_opens_once(board: Board) -> None:
    link = board.link("王建国")
    for _ in range(2):  # chats look at links before people do
        assert "该链接供王建国本人使用" in board.served.get(link, Host=HOST, Accept_Language="zh").body.decode()
    answer = board.enter(link)
    assert (answer.status, answer.headers["location"]) == (303, "/dashboard/")
    cookie = answer.headers["set-cookie"].lower()
    assert all(it in cookie for it in ("httponly", "samesite=lax", "secure", "path=/;", "max-age=43200"))
    again = board.enter(link)
    assert again.status == 404
    assert "该链接已使用或已过期" in again.body.decode()
    assert "set-cookie" not in again.headers


def test_a_link_of_two_browsers_at_once_opens_one(board: Board) -> None:
    link = board.link("王建国")
    with ThreadPoolExecutor(8) as pool:
        found = sorted(it.status for it in pool.map(lambda _: board.enter(link), range(8)))
    assert found == [303, *[404] * 7]


def test_a_link_is_too_old_after_ten_minutes(board: Board) -> None:
    link = board.link("王建国")
    board.world.clock.at += timedelta(minutes=10)
    assert board.enter(link).status == 404


def test_a_session_ends_after_twelve_hours(board: Board) -> None:
    token = board.sign_in("王建国")
    board.world.clock.at += timedelta(hours=11, minutes=59)
    assert board.get(token).status == 200
    board.world.clock.at += timedelta(minutes=1)
    assert board.get(token).status == 401


def test_only_hashes_are_kept(board: Board) -> None:
    link = board.link("王建国")
    token = board.sign_in("李梅")
    with board.world.database.reading() as session:
        kept = session.exec(select(DashboardKey)).all()
    assert len(kept) == 3
    assert not [it for it in kept if it.digest in (link.rpartition("/")[2], token)]


def test_off_ends_every_session_and_link_of_that_person_and_no_other(board: Board) -> None:
    first, second, other, link = (
        board.sign_in("王建国"), board.sign_in("王建国"), board.sign_in("赵强"), board.link("王建国"),
    )  # fmt: skip
    assert "已退出2个浏览器" in board.world.says("王建国", "看板 退出")
    assert [board.get(it).status for it in (first, second, other)] == [401, 401, 200]
    assert board.enter(link).status == 404
    assert "没有登录看板" in board.world.says("王建国", "/dashboard off")


def test_a_person_has_a_few_sessions_and_links_and_a_new_one_ends_the_oldest(board: Board) -> None:
    sessions = [board.sign_in("李梅") for _ in range(MOST[Kind.SESSION] + 1)]
    other = board.sign_in("张伟")
    assert [board.get(it).status for it in (*sessions[:2], sessions[-1], other)] == [401, 200, 200, 200]
    links = [board.link("李梅") for _ in range(MOST[Kind.LINK] + 1)]
    assert [board.enter(it).status for it in (links[0], links[1])] == [404, 303]


def test_what_nobody_can_use_any_more_is_forgotten_a_day_later(board: Board) -> None:
    board.link("李梅")
    token, ended = board.sign_in("张伟"), board.sign_in("王建国")
    board.world.says("王建国", "看板 退出")
    board.world.clock.at += timedelta(hours=11)
    with board.world.database.writing() as session:
        dashboard_keys.forget(session, board.world.clock.now())
    assert [board.get(it).status for it in (token, ended)] == [200, 401]
    board.world.clock.at += timedelta(days=2)
    with board.world.database.writing() as session:
        dashboard_keys.forget(session, board.world.clock.now())
        assert session.exec(select(DashboardKey)).all() == []


def test_signing_out_ends_this_session_and_signing_in_again_the_one_before(board: Board) -> None:
    token = board.sign_in("王建国")
    assert board.press(token, "", "leave").status == 200
    assert board.get(token).status == 401
    first = board.sign_in("王建国")
    board.enter(board.link("王建国"), Cookie=f"__Host-{COOKIE}={first}")
    assert board.get(first).status == 401


def test_a_changed_role_is_seen_at_the_next_request(board: Board) -> None:
    token = board.sign_in("王建国")
    assert board.data(token)["unit"] == "区局/一站"
    with board.world.database.writing() as session:
        person = session.exec(select(Person).where(Person.name == "王建国")).one()
        held = session.exec(select(Membership).where(Membership.person_id == person.id)).one()
        held.role = Role.MEMBER
        session.add(held)
    found = board.data(token)
    assert "unit" not in found
    assert "李梅" not in board.text(token)
    with board.world.database.reading() as session:
        unit = session.exec(select(Membership.unit_id).where(Membership.person_id == person.id)).one()
    assert board.get(token, f"?unit={unit}").status == 404


def test_a_retired_address_and_somebody_who_left_are_out(board: Board) -> None:
    lead, member = board.sign_in("王建国"), board.sign_in("李梅")
    link = board.link("李梅")
    with board.world.database.writing() as session:
        address = session.exec(select(Address).where(Address.account == "1003")).one()
        address.reach = Reach.RETIRED
        person = session.exec(select(Person).where(Person.name == "李梅")).one()
        person.left_on = board.world.defaults.today(board.world.clock.now())
        session.add_all([address, person])
    assert [board.get(it).status for it in (lead, member)] == [401, 401]
    assert board.enter(link).status == 404


def test_a_form_of_another_page_does_nothing(board: Board) -> None:
    token, link = board.sign_in("王建国"), board.link("王建国")
    other = board.sign_in("赵强")
    before = board.world.records()
    for foreign in (
        {"csrf": ""}, {"csrf": "x"}, {"Origin": "https://evil.example"}, {"Origin": ""}, {"Origin": "null"},
        {"Origin": f"https://evil.{HOST}"}, {"Cookie": f"__Host-{COOKIE}={other}"},
    ):  # fmt: skip
        assert board.press(token, "urge.unit.1.1", **foreign).status == 403, foreign
    assert board.press(token, "urge.unit.1.1", Cookie="").status == 401
    assert board.enter(link, Origin="https://evil.example").status == 403
    assert board.world.records() == before
    assert board.enter(link, Origin="null", Sec_Fetch_Site="same-origin").status == 303


def test_guessed_and_planted_cookies_sign_nobody_in(board: Board) -> None:
    for token in ("x", "0" * 43, "%00", "é", "1003"):
        assert board.get(token.encode().decode("latin-1")).status == 401
    assert board.served.get("/dashboard/in/" + "x" * 32, Host=HOST).status == 404


def test_a_cookie_planted_by_a_neighbouring_host_is_no_session(board: Board) -> None:
    token = board.sign_in("李梅")
    assert board.get(token).status == 200
    planted = {"Cookie": f"{COOKIE}={token}; __Secure-{COOKIE}={token}"}  # browsers keep `__Host-` from other hosts
    assert board.served.get("/dashboard/", Host=HOST, **planted).status == 401


def test_on_the_machine_itself_the_cookie_needs_no_tls(board: Board) -> None:
    here = f"127.0.0.1:{board.served.port}"
    answer = board.enter(board.link("李梅"), Host=here, Origin=f"http://{here}")
    kept = answer.headers["set-cookie"]
    assert answer.status == 303 and kept.startswith(f"{COOKIE}=") and "secure" not in kept.lower()
    assert board.served.get("/dashboard/", Cookie=kept.split(";")[0]).status == 200


def test_a_session_that_asks_too_fast_has_to_wait(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "A_SECOND", 0.0)  # so that a busy machine is fast enough
    token = board.sign_in("李梅")
    found = {board.get(token, "?as=json").status for _ in range(int(AT_ONCE) + 5)}
    assert found == {200, 429}


def test_without_a_public_address_only_this_machine_gets_in(board: Board) -> None:
    made = Dashboard(board.world.desk, board.world.database, board.world.clock.now)
    with serving(board.world.database, demo=False, dashboard=made) as served:
        assert served.get("/dashboard/", Host=HOST).status == 403
        assert served.get("/dashboard/").status == 401


def test_a_link_asked_for_in_a_group_goes_to_ones_own_chat(board: Board) -> None:
    board.world.says("王建国", "/dashboard", chat="group 一站")
    assert "/dashboard/in/" in board.world.last("王建国").text
    assert not any("/dashboard/in/" in it.text for it in board.world.chat("group 一站"))

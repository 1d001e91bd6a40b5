"""Messages that may have arrived: each kind is sent again, or never."""

import asyncio
from collections import deque

from sqlmodel import select

from bot.channels.base import SendError
from bot.delivery.outcomes import UNCERTAIN
from models.core.database import Database
from models.messaging.cards import Kind, Lane
from models.organisation.people import Person
from tests.bot.delivery.scenes import one, unit
from tests.support.platform import Platform, Program, chats, play


def timeout(**more: bool) -> SendError:
    return SendError("the answer was lost", uncertain=True, **more)  # type: ignore[arg-type]


def _admin(database: Database) -> str:
    with database.writing() as session:
        admin = session.exec(select(Person).where(Person.staff_no == "1")).one()
        session.flush()
    (chat,) = chats(database, 1, "admin", person_id=admin.id)
    return chat


def test_a_post_that_may_have_arrived_is_never_sent_again_and_the_admins_are_told(database: Database) -> None:
    platform = Platform()
    (group,) = chats(database, 1, "g", unit_id=unit(database))
    admin = _admin(database)
    platform.next[group] = deque([timeout()])

    async def scene(program: Program) -> None:
        await program.want("post", group, "figures", kind=Kind.GROUP, lane=Lane.BULK)
        await asyncio.sleep(90)
        assert program.card("post").error == UNCERTAIN

    one(database, platform, scene)
    assert platform.texts(group) == ["figures"]
    (told,) = platform.texts(admin)
    assert "区局/一站" in told


def test_a_question_that_may_have_arrived_is_sent_again(database: Database) -> None:
    platform = Platform()
    (chat,) = chats(database, 1)
    platform.next[chat] = deque([timeout()])

    async def scene(program: Program) -> None:
        await program.want("a", chat, "ask", lane=Lane.BULK)
        await asyncio.sleep(30)

    one(database, platform, scene)
    assert platform.texts(chat) == ["ask", "ask"]


def test_killed_in_mid_send_each_kind_does_what_is_written_down_for_it(database: Database) -> None:
    platform = Platform()
    (group,) = chats(database, 1, "g", unit_id=unit(database))
    admin = _admin(database)
    (person,) = chats(database, 1)

    async def main() -> None:
        first = Program(database, platform).start()
        await first.want("post", group, "figures", kind=Kind.GROUP, lane=Lane.BULK)
        await first.want("a", person, "reminder", kind=Kind.REMINDER, lane=Lane.BULK)
        while len(platform.calls) < 2:
            await asyncio.sleep(0.01)
        first.kill()
        second = Program(database, platform).start()
        await asyncio.sleep(20)
        await second.stop()

    play(main)
    assert platform.texts(group) == ["figures"], "maybe never: not twice"
    assert platform.texts(person) == ["reminder", "reminder"], "maybe twice: not never"
    assert len(platform.texts(admin)) == 1

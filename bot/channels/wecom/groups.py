"""Post in groups: through a group's robot, or into a chat that the app opened itself. Neither receives anything."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from bot.channels.base import Draw, SendError, undrawn
from bot.channels.wecom import content as shape
from bot.channels.wecom.api import TOO_OFTEN, Api, ApiError
from bot.channels.wecom.events import NAME
from bot.channels.wecom.pace import ROBOT as ROBOT_BOUNDS
from bot.channels.wecom.pace import Pace
from handlers.core.rendering import Content, Picture
from models.files import blobs
from models.messaging.addresses import Address, Reach
from models.messaging.groups import APPCHAT, ROBOT
from models.organisation.people import Membership
from models.organisation.units import Unit

log = logging.getLogger("zeroreport")
PNG = "summary.png"
RESTS = 60.0  # seconds for which a robot that sent too much rests
NO_SUCH_CHAT = frozenset({86001, 86003})
Read = Callable[[Callable[[Session], Any]], Awaitable[Any]]


class Groups:
    """Posts in groups. A chat is `robot:KEY`, the key of a group robot's webhook, or `appchat:ID`, a name that we
    choose."""

    def __init__(self, api: Api, pace: Pace, read: Read, draw: Draw = undrawn) -> None:
        self._api, self._pace, self._read, self._draw = api, pace, read, draw

    async def post(self, content: Content, chat: str) -> str:
        """Post the content. A message in a group has no id, so it can be neither changed nor recalled."""
        robot = chat.startswith(ROBOT)
        messages = shape.markdown_messages(content, shape.MARKDOWN_BYTES if robot else shape.APPCHAT_BYTES)
        more = bool(content.file or content.picture)
        wait = self._pace.take(chat, ROBOT_BOUNDS, time.monotonic(), len(messages) + more)
        if wait:
            raise SendError("as much as a robot may say", retry_after=wait)
        file = content.file
        data = await self._read(lambda session: blobs.data_of(session, file.digest)) if file else b""
        if robot:
            await self._by_robot(content, chat.removeprefix(ROBOT), messages, data)
        else:
            await self._by_app(content, chat, messages, data)
        if content.picture:
            await self._show(content.picture, chat, robot=robot)
        return "|"

    async def _show(self, picture: Picture, chat: str, *, robot: bool) -> None:
        """Post the picture below its words. They are there already and say the same, so nothing is tried again."""
        try:
            data = await self._draw(picture)
            if data is None:
                return
            if robot:
                key = chat.removeprefix(ROBOT)
                await self._by_key(key, await self._api.robot_file(key, PNG, "image/png", data))
            else:
                media = await self._api.upload("image", PNG, "image/png", data)
                message = {"msgtype": "image", "image": {"media_id": media}}
                await self._tell(chat, chat.removeprefix(APPCHAT), message)
        except (ApiError, SendError) as error:
            log.info("a picture was not posted: %s", error)

    async def _by_robot(self, content: Content, key: str, messages: list[dict[str, Any]], data: bytes) -> None:
        if content.file:
            messages = [*messages, await self._api.robot_file(key, content.file.name, content.file.mime, data)]
        await _in_turn(lambda message: self._by_key(key, message), messages)

    async def _by_key(self, key: str, message: dict[str, Any]) -> None:
        """Post through a robot. Its limit is its own, so nobody else waits for it."""
        try:
            await self._api.robot(key, message)
        except ApiError as error:
            if error.code == TOO_OFTEN:
                raise SendError(str(error), retry_after=RESTS) from None
            raise

    async def _by_app(self, content: Content, chat: str, messages: list[dict[str, Any]], data: bytes) -> None:
        name = chat.removeprefix(APPCHAT)
        if content.file:
            media = await self._api.upload("file", content.file.name, content.file.mime, data)
            messages = [*messages, {"msgtype": "file", "file": {"media_id": media}}]
        await _in_turn(lambda message: self._tell(chat, name, message), messages)

    async def _tell(self, chat: str, name: str, message: dict[str, Any]) -> None:
        told = {"chatid": name, **message}
        try:
            await self._api.call("appchat/send", told)
        except ApiError as error:
            if error.code not in NO_SUCH_CHAT:
                raise
            await self._open(chat, name)
            await self._api.call("appchat/send", told)

    async def _open(self, chat: str, name: str) -> None:
        """Open the chat of a unit, with its people who use WeCom, 2 to 2,000 of them (D/90245)."""
        unit, members = await self._read(lambda session: _members(session, chat))
        if unit is None or len(members) < 2:
            raise SendError("WeCom 86006")
        await self._api.call("appchat/create", {"chatid": name, "name": unit.name[:50], "userlist": members[:2000]})


async def _in_turn(say: Callable[[dict[str, Any]], Awaitable[Any]], messages: Sequence[dict[str, Any]]) -> None:
    """Send parts in turn. Messages in a group stay, so if a later part fails the whole counts as uncertain."""
    for n, message in enumerate(messages):
        try:
            await say(message)
        except (ApiError, SendError) as error:
            if n:
                raise SendError(str(error), uncertain=True) from None
            raise


def _members(session: Session, chat: str) -> tuple[Unit | None, list[str]]:
    unit = session.exec(select(Unit).join(Address).where(Address.channel == NAME, Address.chat == chat)).first()
    if unit is None:
        return None, []
    query = (
        select(Address.account)
        .join(Membership, col(Membership.person_id) == col(Address.person_id))
        .where(Address.channel == NAME, Address.reach == Reach.REACHABLE, Membership.unit_id == unit.id)
    )
    return unit, sorted(set(session.exec(query).all()))

"""The people who have WeCom on their phones."""

from dataclasses import dataclass

from tests.fakes.wecom.callbacks import Answered
from tests.fakes.wecom.server import WeComServer
from tests.fakes.wecom.state import Shown


@dataclass
class Member:
    """Somebody with WeCom on their phone."""

    server: WeComServer
    account: str

    @property
    def chat(self) -> list[Shown]:
        return self.server.chat(self.account)

    @property
    def last(self) -> Shown:
        return self.chat[-1]

    def say(self, text: str, **more: str) -> Answered:
        number = str(next(self.server._numbers))
        return self.server.tell(self.account, **{"MsgType": "text", "Content": text, "MsgId": number, **more})

    def event(self, event: str, key: str = "", **more: str) -> Answered:
        return self.server.tell(self.account, MsgType="event", Event=event, EventKey=key, **more)

    def card(self, label: str) -> Shown | None:
        """Return the newest card with a button of (a part of) this label."""
        return next((s for s in reversed(self.chat) if any(label in found for found in s.labels)), None)

    def tap(self, label: str, shown: Shown | None = None) -> Answered:
        standing = shown or self.card(label)
        assert standing, f"{self.account} sees no button {label!r}: {[s.labels for s in self.chat]}"
        if standing.menu:
            return self.say(next(number for number, line in standing.menu if label in line))
        key = next(key for found, key in standing.buttons if label in found)
        return self.event(
            "template_card_event", key, TaskId=standing.task, CardType="button_interaction",
            ResponseCode=self.server.tap_code(standing),
        )  # fmt: skip

"""What WeCom's admin console gives for one app, as the settings name it."""

from dataclasses import dataclass, field

from bot.loopback import is_loopback

DEFAULT_URL = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True)
class Access:
    """What the admin console gives for one app (自建应用); an empty word is one that nobody has filled in."""

    corp_id: str = ""
    agent_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    url: str = DEFAULT_URL
    window: int = 300  # seconds for which what WeCom signed holds

    @property
    def missing(self) -> list[str]:
        """The settings that are still to be filled in."""
        words = {
            "WECOM_CORP_ID": self.corp_id, "WECOM_AGENT_ID": self.agent_id, "WECOM_SECRET": self.secret,
            "WECOM_CALLBACK_TOKEN": self.token, "WECOM_AES_KEY": self.aes_key,
        }  # fmt: skip
        return [name for name, word in words.items() if not word]

    @property
    def has_aes_key(self) -> bool:
        """Whether EncodingAESKey is one: 43 letters and digits."""
        return len(self.aes_key) == 43 and self.aes_key.isascii() and self.aes_key.isalnum()

    @property
    def app(self) -> str:
        return f"{self.corp_id}.{self.agent_id}"

    @property
    def agent(self) -> int | str:
        """The AgentId as calls want it."""
        return int(self.agent_id) if self.agent_id.isdecimal() else self.agent_id

    @property
    def real(self) -> bool:
        return not is_loopback(self.url)

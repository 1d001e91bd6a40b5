"""Hold what WeCom's admin console gives for one app, under the names of the settings."""

from dataclasses import dataclass, field

from bot.loopback import is_loopback

DEFAULT_URL = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True)
class Access:
    """What the admin console gives for one app (自建应用); a value that nobody has filled in is empty."""

    corp_id: str = ""
    agent_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    url: str = DEFAULT_URL
    window: int = 300  # seconds for which WeCom's signature is valid

    @property
    def missing(self) -> list[str]:
        """Return the settings that are still to be filled in."""
        words = {
            "WECOM_CORP_ID": self.corp_id, "WECOM_AGENT_ID": self.agent_id, "WECOM_SECRET": self.secret,
            "WECOM_CALLBACK_TOKEN": self.token, "WECOM_AES_KEY": self.aes_key,
        }  # fmt: skip
        return [name for name, word in words.items() if not word]

    @property
    def has_aes_key(self) -> bool:
        """Say whether EncodingAESKey is one: 43 letters and digits."""
        return len(self.aes_key) == 43 and self.aes_key.isascii() and self.aes_key.isalnum()

    @property
    def app(self) -> str:
        return f"{self.corp_id}.{self.agent_id}"

    @property
    def agent(self) -> int | str:
        """Return the AgentId in the form that calls need."""
        return int(self.agent_id) if self.agent_id.isdecimal() else self.agent_id

    @property
    def real(self) -> bool:
        return not is_loopback(self.url)

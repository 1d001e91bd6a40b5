"""`zeroreport check` on WeCom: each setting by itself, and what to change in WeCom's console."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import clock
from bot.channels.wecom.checks import verify
from bot.channels.wecom.credentials import Access
from handlers.core.rendering import Renderer
from tests.bot.channels.system_page import line_about
from tests.fakes import wecom
from tests.fakes.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComServer

URL = "https://reports.example.org"


@pytest.fixture
def server() -> Iterator[WeComServer]:
    with wecom.wecom() as made:
        yield made


def said(server: WeComServer, public_url: str = URL, **other: str) -> dict[str, str]:
    """Return what check says in Chinese about each that is not fine, by id."""
    words = {"corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
    access = Access(**(words | {"url": server.url} | other))
    told = Renderer("zh_CN").told
    return {
        id: told("finding", id=id, fine=fine, detail=detail, state="")
        for id, fine, detail in verify(access, public_url)
        if not fine
    }


def test_where_everything_is_right_nothing_is_said(server: WeComServer) -> None:
    assert said(server) == {}
    assert [path for path, _ in server.calls] == ["gettoken", "agent/get"]


def test_a_clock_that_differs_from_wecoms_is_named(server: WeComServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "DRIFT", timedelta(seconds=-1))  # no two clocks agree any more
    found = said(server)
    assert list(found) == ["wecom_clock"]
    assert "企业微信" in found["wecom_clock"]


WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "empty": ({"token": "", "secret": ""}, "wecom_settings", "WECOM_SECRET, WECOM_CALLBACK_TOKEN"),
    "key": ({"aes_key": "short"}, "wecom_aes_key", "43位"),
    "corp": ({"corp_id": "ww-another"}, "wecom_secret", "企业ID"),
    "secret": ({"secret": "another"}, "wecom_secret", "Secret 不对"),
    "agent": ({"agent_id": "1000009"}, "wecom_app", "AgentId"),
    "nowhere": ({"url": "http://127.0.0.1:9"}, "wecom_secret", "没有正常应答"),
    "outside": ({"public_url": ""}, "wecom_callback", "PUBLIC_URL"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_setting_is_named_with_its_cure(server: WeComServer, name: str) -> None:
    given, id, cure = WRONG[name]
    found = said(server, **given)
    assert list(found) == [id]
    assert cure in found[id]
    assert "another" not in found[id]


def test_an_untrusted_address_is_named(server: WeComServer) -> None:
    server.trusted = False
    assert "企业微信不信任IP 203.0.113.7。请到管理后台该应用页面的“企业可信IP”里添加" in said(server)["wecom_app"]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "code", ["45009", "45033", "60011", "60020", "81013", "invaliduser", "unlicenseduser", "86006", "93000", "48002"]
)
def test_each_refusal_has_a_sentence_where_admins_read_it(locale: str, code: str) -> None:
    line = line_about(locale, "wecom", f"WeCom {code}")
    assert len(line) > 20
    assert "WeCom " + code not in line

"""No secret stands anywhere but in its setting: every secret setting holds a word that is looked for in all that is
written, said, listed or shown."""

import logging
import sqlite3
import sys
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import logs, settings
from bot.channels.telegram.transport import Transport
from bot.channels.wecom.protocol import make_keys
from bot.redaction import HIDDEN, Redaction, configured
from bot.settings import Settings
from models.channels.wecom import WecomToken
from models.core.errors import Refusal
from models.core.stored_secrets import Secret
from tests.fakes import wecom
from tests.fakes.telegram import BotApi
from tests.support.program import Office, running, until
from tests.support.world import MONDAY

WORD = "s3nt1nel"
BOT = f"987654321:AAE{WORD}-telegram-0123456789abcdef"
SECRETS = {
    "TELEGRAM_TOKEN": BOT,
    "TELEGRAM_PROXY": f"socks5://me:{WORD}-proxy@127.0.0.1:9",
    "HEARTBEAT_URL": f"http://127.0.0.1:9/ping/{WORD}-heartbeat",
    "WECOM_SECRET": f"{WORD}-wecom-secret",
    "WECOM_CALLBACK_TOKEN": f"{WORD}callback",
    "WECOM_AES_KEY": (WORD + "AesKey" * 9)[:43],
    "SURVEY_KEY": f"{WORD}-survey-key-of-many-letters",
    "DATABASE_URL": f"postgresql://me:{WORD}%40database@127.0.0.1:9/x",
}
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_every_secret_setting_is_among_those_tried() -> None:
    fields = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    assert fields == set(SECRETS)


@ON_SQLITE
def test_a_program_at_debug_whose_servers_fail_writes_none(database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, database_url)
    office("init", "区局", "周敏")
    with BotApi(BOT) as api, wecom.wecom() as server:
        common = wecom.settings(server) | SECRETS
        proxy = common.pop("TELEGRAM_PROXY")
        del common["DATABASE_URL"]
        common |= {"LOG_LEVEL": "DEBUG", "TELEGRAM_API_URL": api.url}
        with running(office, "run", python=sys.executable, **common) as program:
            until(lambda: "getMe" in str(api.calls) or program.output)
            listed = Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
            for path in ("/wecom/callback?msg_signature=x", f"/upload/{WORD}0123456789abcdefghij", "/telegram/1"):
                program.get(path)
            with api.cut():
                until(lambda: "does not answer" in program.output, 30)
            program.stop()
            said = program.output
        with running(office, "run", **common, TELEGRAM_PROXY=proxy) as program:
            until(lambda: "TELEGRAM_PROXY" in program.output, 30)
            program.stop()
            said += program.output
    kept = "\n".join(sqlite3.connect(database_url.removeprefix("sqlite:///")).iterdump())
    assert len(said) > 500
    for text in (said, listed.decode(), kept):
        assert WORD not in text
        assert HIDDEN not in text  # nothing fell into the second net


@ON_SQLITE
@pytest.mark.parametrize("command", [("check",), ("plan",), ("verify",), ("backup", "--to", "b")])
def test_commands_that_fail_say_none(command: tuple[str, ...], database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, SECRETS["DATABASE_URL"])
    with pytest.raises(AssertionError) as told:  # `Office` shows how it ended
        office(*command, code=99, LOG_LEVEL="DEBUG")
    assert WORD not in str(told.value)
    assert database_url


def test_a_bare_at_in_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    office = Office(tmp_path, f"postgresql://me:a@{WORD}@127.0.0.1:9/x")
    done = office("plan", code=2)
    assert "%40" in done.stderr and WORD not in done.stdout + done.stderr


def _log(redact: Redaction, words: str, *args: object) -> str:
    handler = logging.StreamHandler()
    record = logging.LogRecord("x", logging.ERROR, "", 0, words, args, None)
    handler.setFormatter(logs._Short(logs.FORMAT, redact))
    return handler.format(record)


def test_the_second_net_takes_secrets_out_of_messages_arguments_and_traces() -> None:
    redact = Redaction(SECRETS.values())
    for value in SECRETS.values():
        assert WORD not in _log(redact, "a %s", value)
        assert WORD not in _log(redact, "a %r", {"x": [value]})
    error = ValueError(f"no answer from https://api.telegram.org/bot{BOT}/getMe")
    assert WORD not in redact("".join(traceback.format_exception(error)))


@pytest.mark.parametrize("text", [
    "GET /cgi-bin/user/get?access_token=abcdefgh&userid=1", "https://x/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "connecting to postgresql://u:hunter22@h/db", "bot123456789:AAEabcdefghijklmnopqrstuvwxyz012345/getMe",
    "gettoken?corpid=ww1&corpsecret=abcdefgh", "Cookie: zeroreport=abcdefgh",
])  # fmt: skip
def test_what_platforms_hand_out_is_known_by_its_shape(text: str) -> None:
    hidden = Redaction()(text)
    assert HIDDEN in hidden
    assert not any(part in hidden for part in ("abcdefgh", "693a91f6", "hunter22"))


def test_an_ordinary_line_stays_as_it_is() -> None:
    line = "2026-11-27 20:00:01,123 WARNING zeroreport http://127.0.0.1:8086/ is taken: 张伟 10:05, receipt K7QM"
    assert Redaction(["short", *SECRETS.values()])(line) == line


def test_secrets_in_files_and_in_the_environment_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(BOT + "\n")
    monkeypatch.setenv("TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("WECOM_SECRET", SECRETS["WECOM_SECRET"])
    monkeypatch.chdir(tmp_path)
    assert {BOT, SECRETS["WECOM_SECRET"]} <= set(configured())


def test_nothing_that_holds_a_secret_shows_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    made = Settings(wecom_corp_id="ww1", wecom_agent_id="1")
    access = made.wecom
    assert access
    holders = (
        made, access, make_keys(access.token, access.aes_key, "ww1"), Transport(1, SECRETS["TELEGRAM_PROXY"]),
        Secret(name="a", value=WORD), WecomToken(app="a", token=WORD, until=MONDAY, fetching_until=MONDAY),
    )  # fmt: skip
    for holder in holders:
        assert WORD not in repr(holder) + str(holder), type(holder)


def test_a_wrong_value_of_a_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_PROXY", "DATABASE_URL"):
        monkeypatch.setenv(name, f"{WORD} is no value of this")
        with pytest.raises(Refusal) as refused:
            settings.load()
        assert WORD not in repr(refused.value.values)
        monkeypatch.delenv(name)


def test_a_password_that_stands_behind_the_question_mark_is_one_too() -> None:
    redact = Redaction(["postgresql://me@127.0.0.1/x?sslmode=require&password=s3nt%20nel"])
    assert "nel" not in redact("no: s3nt nel") + redact("no: s3nt%20nel") + Redaction()("x?password=s3nt%20nel")


def test_a_secrets_file_that_is_no_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("TELEGRAM_TOKEN_FILE", "token")
    with pytest.raises(Refusal) as refused:
        settings.load()
    assert refused.value.values["name"] == "TELEGRAM_TOKEN_FILE"

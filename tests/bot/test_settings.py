"""The settings: what an operator may set, what is refused, and that `.env.example` tells exactly that."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import settings
from bot.settings import Settings
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from models.core.errors import Refusal
from tests.support.program import OURS

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def _example() -> str:
    """Return what `.env.example` has to be: each field's description, and its default."""
    lines = ["# Copy this file to .env and change what you need. A secret may stand in a file: DATABASE_URL_FILE=PATH."]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        lines += ["", f"# {field.description}", f"{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def refused(**given: object) -> str:
    with pytest.raises(Refusal) as error:
        settings.load(**given)
    if error.value.key.startswith("database."):
        return f"DATABASE_URL: {error.value.key}{error.value.values or ''}"
    assert error.value.key.startswith("settings.")
    for locale in LOCALES:
        said = Renderer(locale).refusal(error.value)
        assert ("must" in said or "isn’t" in said or "can’t" in said) == (locale == "en"), "one language, and words"
    return f"{error.value.values['name']}: {said}"


def test_the_example_names_every_setting_with_its_description_and_default() -> None:
    assert EXAMPLE.read_text("utf-8") == _example()


def test_the_example_copied_as_it_is_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    assert settings.load() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nDEFAULT_LOCALE=en\nUNKNOWN=1\n")
    monkeypatch.setenv("PORT", "9001")
    loaded = settings.load()
    assert (loaded.port, loaded.default_locale) == (9001, "en")


@pytest.mark.parametrize("said_in", ["environment", "file"])
def test_a_secret_may_stand_in_a_file(said_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("postgresql://u:p@db/x\n")
    if said_in == "environment":
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "secret"))
    else:
        (tmp_path / ".env").write_text("DATABASE_URL_FILE=secret\n")
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "secret"))  # is none, so no file
    assert settings.load().database_url.get_secret_value() == "postgresql://u:p@db/x"


def test_a_secrets_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "nowhere/secret")
    said = "The file “nowhere/secret” that DATABASE_URL_FILE names can’t be read as text."
    assert refused() == f"DATABASE_URL_FILE: {said}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"port": "seven"}, "PORT must be a whole number from 0 to 65,535."),
        ({"header_seconds": "0"}, "HEADER_SECONDS must be a number above 0 and at most 300."),
        ({"telegram_per_second": "many"}, "TELEGRAM_PER_SECOND must be a number from 1 to 1,000."),
        ({"report_at": "8pm"}, "REPORT_AT must be a time of day, such as 20:00."),
        (
            {"survey_key": "123456"},
            "SURVEY_KEY must have at least 24 characters, chosen at random: “openssl rand -hex 24” makes some.",
        ),
        ({"calls_a_day": "0"}, "CALLS_A_DAY must be a whole number from 1 to 100."),
        ({"calls_tries": "1"}, "CALLS_TRIES must be a whole number from 2 to 31."),
        ({"calls_tries": "three"}, "CALLS_TRIES must be a whole number from 2 to 31."),
        ({"telegram_mode": "push"}, "TELEGRAM_MODE must be polling or webhook."),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_with_what_would_be_right(wrong: dict[str, str], said: str) -> None:
    assert refused(**wrong).partition(": ")[2] == said


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": "seven"},
        {"port": "70000"},
        {"default_locale": "fr"},
        {"default_timezone": "Mars/Olympus"},
        {"log_level": "LOUD"},
        {"public_url": "ftp://x"},
        {"proxies": "here"},
        {"telegram_token": "secret-word"},
        {"telegram_api_url": "nowhere"},
        {"wecom_api_url": "ftp://x"},
        {"database_url": "secret-word"},
        {"database_url": "mysql://u:secret-word@h/x"},
        {"database_url": "sqlite://"},
        {"database_url": "sqlite:///:memory:"},
        {"database_url": "postgresql://u:secret-word@h:port/x"},
        {"telegram_proxy": "socks4://u:secret-word@h:1080"},
        {"telegram_proxy": "http://u:secret-word@h"},
        {"telegram_proxy": "http://u:secret-word@h:99999"},
        {"telegram_proxy": "http://u:secret-word/x@h:3128"},
        {"telegram_proxy": "http://u:7/secret-word@h:3128"},
        {"telegram_proxy": "http://u:secret-word?@h:3128"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_and_its_value_never_shown(wrong: dict[str, str]) -> None:
    said = refused(**wrong)
    assert said.startswith(f"{next(iter(wrong)).upper()}: ")
    assert "secret-word" not in said


@pytest.mark.parametrize(
    "url", ["http://h:3128", "socks5://u:p%2Fx@h:1080", "http://u:p@x@h:3128/", "http://[::1]:3128"]
)
def test_a_proxy_may_have_a_password_with_anything_in_it(url: str) -> None:
    assert settings.load(telegram_proxy=url).telegram_proxy.get_secret_value() == url


def test_no_secret_is_shown_by_accident() -> None:
    loaded = settings.load(database_url="postgresql://u:secret-word@h/x")
    assert "secret-word" not in f"{loaded} {loaded!r} {loaded.model_dump()}"


def test_how_calls_are_listed_is_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLS_A_DAY", "8")
    monkeypatch.setenv("CALLS_TRIES", "4")
    told = settings.load().defaults
    assert (told.calls_a_day, told.calls_tries) == (8, 4)

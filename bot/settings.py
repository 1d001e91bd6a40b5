"""Hold all settings, from the environment or `.env`. A test keeps `.env.example` equal to them."""

import os
import re
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.bounds import Bounds, Day, Room
from bot.channels.registry import CHANNELS
from bot.loopback import is_loopback
from handlers.core.context import Defaults
from handlers.core.locales import LOCALES
from models.core.errors import Refusal
from models.time.calendars import WEEKDAYS
from models.time.times import parse_time, zone


class General(BaseSettings):
    """The settings of the program as a whole."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr = Field(
        SecretStr("sqlite:///zeroreport.db"),
        description="Where everything is kept: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on. The browser chat takes loopback only.")
    port: int = Field(8086, ge=0, le=65535, description="The port to listen on; 0 takes any free one.")
    default_locale: str = Field("zh_CN", description="The language of groups and of people without one: zh_CN or en.")
    default_timezone: str = Field("Asia/Shanghai", description="The time zone of assignments that name none.")
    backup_dir: str = Field("backups", description="The folder of the nightly backups (SQLite).")
    backup_keep: int = Field(14, ge=1, le=3650, description="How many nightly backups are kept.")
    seal_file: str = Field(
        "", description="A file to which every seal is appended, to be kept elsewhere: docs/evidence.md; empty: none."
    )
    report_at: str = Field("20:00", description="When the admins get the bot's own report, in DEFAULT_TIMEZONE.")
    digest_day: str = Field(
        "mon",
        description="The weekday on which leads get the week before: mon to sun; never: no week and no month.",
    )
    digest_at: str = Field(
        "09:00", description="When they get it, and on the 1st the month before, in DEFAULT_TIMEZONE."
    )
    silent_days: int = Field(
        2, ge=2, le=31, description="Days running without a report that are named to the lead with the day’s silence."
    )
    silent_days_above: int = Field(
        3, ge=2, le=31, description="Days running without a report that are named to the level above as well."
    )
    milestones: str = Field(
        "7,30,100",
        description="After how many zero days in a row a unit is honoured, with commas; empty: never by itself.",
    )
    calls_a_day: int = Field(
        5,
        ge=1,
        le=100,
        description="How many people a list of calls names for one caller and day, until More is tapped.",
    )
    calls_tries: int = Field(
        3, ge=2, le=31, description="On how many days running somebody is not reached before an alert goes out."
    )
    undelivered_after: int = Field(
        60, ge=1, le=1440, description="After how many minutes a message that was not shown is in that report."
    )
    clock_gap_hours: int = Field(
        12, ge=1, le=8760,
        description="After how many hours off the program asks an admin whether the machine’s clock is right.",
    )  # fmt: skip
    disk_least_mb: int = Field(
        500, ge=0, le=1_000_000, description="Megabytes that have to be free on the disk; below it /healthz says so."
    )
    survey_key: SecretStr = Field(
        SecretStr(""),
        description="Seals the answers to anonymous surveys until they end; never kept in the database. At least 24 "
        "characters, chosen at random. Empty: none can be sent.",
    )
    heartbeat_url: SecretStr = Field(
        SecretStr(""),
        description="Fetched each minute while the clock ticks (healthchecks and the like); empty: none.",
    )

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        """Refuse a bare @ in a password: it would make a part of the password the host's name, shown to everybody."""
        told = value.get_secret_value()
        try:
            url = make_url(told)
            kind = url.get_backend_name()
        except (SQLAlchemyError, ValueError):
            raise ValueError("url") from None
        if kind == "postgresql" and told.count("@") > 1:
            raise ValueError("url_at")
        file = kind == "sqlite" and url.database not in (None, "", ":memory:") and "uri" not in url.query
        if not file and (kind != "postgresql" or not 0 < (url.port or 5432) < 1 << 16):
            raise ValueError("url")
        return value

    @field_validator("digest_day")
    @classmethod
    def _weekday(cls, value: str) -> str:
        if value.casefold() not in (*WEEKDAYS, "never"):
            raise ValueError("weekday")
        return value.casefold()

    @field_validator("milestones")
    @classmethod
    def _days(cls, value: str) -> str:
        told = [it.strip() for it in value.replace("，", ",").split(",") if it.strip()]
        if not all(it.isdecimal() and it.isascii() and 0 < int(it[:5]) <= LONGEST_MILESTONE for it in told):
            raise ValueError("days")
        return ",".join(told)

    @field_validator("report_at", "digest_at")
    @classmethod
    def _time(cls, value: str) -> str:
        try:
            return str(parse_time(value))
        except Refusal:
            raise ValueError("time") from None

    @field_validator("default_locale")
    @classmethod
    def _locale(cls, value: str) -> str:
        if value not in LOCALES:
            raise ValueError("locale")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            zone(value)
        except Refusal:
            raise ValueError("zone") from None
        return value


LONGEST_MILESTONE = 3650  # days
SHORTEST_KEY = 24  # characters of SURVEY_KEY


class Settings(*(it.settings for it in reversed(CHANNELS)), General):  # type: ignore[misc]  # fields: the last's first
    """All settings an operator may make, the channels' included. A secret may be in a file instead: X_FILE names it."""

    public_url: str = Field(
        "", validate_default=True,
        description="The https address under which this program is reached from outside: webhooks, upload links.",
    )  # fmt: skip
    log_level: str = Field("WARNING", description="How much is logged to stderr: DEBUG, INFO, WARNING or ERROR.")
    log_lines: int = Field(
        20, ge=1, le=10_000, description="Lines of one kind that are logged a minute; the rest is counted."
    )
    connections: int = Field(2000, ge=8, le=50_000, description="Connections from outside at once.")
    connections_each: int = Field(
        100, ge=1, le=50_000, description="Connections at once from one address that is none of PROXIES."
    )
    proxies: str = Field(
        "127.0.0.1,::1", description="Addresses of reverse proxies, with commas: many people come from there."
    )
    header_seconds: float = Field(10, gt=0, le=300, description="Seconds that the head of a request may take.")
    body_seconds: float = Field(
        120, gt=0, le=3600, description="Seconds that its body may take, and a client to read what it asked for."
    )
    idle_seconds: float = Field(
        20, gt=0, le=3600, description="Seconds that a connection may lie idle between requests."
    )
    header_lines: int = Field(100, ge=20, le=1000, description="Lines that the head of a request may have.")
    uploads: int = Field(8, ge=1, le=1000, description="Files that browsers may be sending at once, one a person.")
    files: int = Field(2, ge=1, le=100, description="Rosters and forms that are read at once, one a person.")
    file_seconds: int = Field(60, ge=1, le=3600, description="Seconds after which the reading of one ends.")
    roster_rows: int = Field(
        1000, ge=10, le=200_000, description="Rows of a roster from an admin of a part; of the whole: any number."
    )
    file_memory: int = Field(512, ge=128, le=16_384, description="Megabytes that the reading of one may take.")
    strangers: int = Field(
        30, ge=1, le=100_000, description="Answers a minute to all together who are not enrolled; one an hour to each."
    )
    texts_a_day: int = Field(1000, ge=10, le=1_000_000, description="Messages that are heard of one person a day.")
    taps_a_day: int = Field(5000, ge=100, le=1_000_000, description="Buttons that one person may press a day.")
    files_a_day: int = Field(100, ge=1, le=100_000, description="Files that one person may send a day.")
    megabytes_a_day: int = Field(100, ge=1, le=100_000, description="Megabytes that they may be together.")
    chat_days: int = Field(90, ge=2, le=3650, description="Days that messages of the browser chat are kept.")

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str, info: ValidationInfo) -> str:
        """Refuse an address without https, except to a platform's server on this machine."""
        local = any(is_loopback(str(url)) for name, url in info.data.items() if name.endswith("_api_url"))
        if value and not re.fullmatch(r"https://[^\s/?#@]+/?", value) and not (local and is_loopback(value)):
            raise ValueError("https")
        return value.rstrip("/")

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        try:
            return ",".join(str(ip_address(it.strip())) for it in value.split(",") if it.strip())
        except ValueError:
            raise ValueError("addresses") from None

    @field_validator("survey_key")
    @classmethod
    def _unguessable(cls, value: SecretStr) -> SecretStr:
        """Refuse a key that whoever has a backup could find by trying."""
        if 0 < len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError("survey_key")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("level")
        return value.upper()

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            room=Room(
                most=self.connections, each=self.connections_each, proxies=frozenset(self.proxies.split(",")),
                header=self.header_seconds, body=self.body_seconds, idle=self.idle_seconds,
            ),
            day=Day(
                texts=self.texts_a_day, taps=self.taps_a_day, files=self.files_a_day, megabytes=self.megabytes_a_day
            ),
            head_lines=self.header_lines, uploads=self.uploads, strangers=self.strangers, chat_days=self.chat_days,
            files=self.files, file_seconds=self.file_seconds, file_memory=self.file_memory, part_rows=self.roster_rows,
        )  # fmt: skip

    @property
    def defaults(self) -> Defaults:
        return Defaults(
            self.default_locale, self.default_timezone, self.report_at,
            digest_day=self.digest_day, digest_at=self.digest_at,
            silent_days=self.silent_days, silent_days_above=self.silent_days_above,
            milestones=tuple(sorted({int(it) for it in self.milestones.split(",") if it})),
            calls_a_day=self.calls_a_day, calls_tries=self.calls_tries, undelivered_after=self.undelivered_after,
            rates={it.name: rate for it in CHANNELS if (rate := it.rate(self)) is not None},
            public_url=self.public_url, survey_key=self.survey_key.get_secret_value(),
        )  # fmt: skip


def load(*, only: Collection[str] = (), **given: Any) -> Settings:
    """Load the settings; raises `settings.…` for the first wrong one, never its value if it is a secret. With `only`
    the others are not checked and keep their defaults."""
    known = dotenv_values(".env") | os.environ
    if only:
        given |= {name: field.default for name, field in Settings.model_fields.items() if name not in {*only, *given}}
    for name, field in Settings.model_fields.items():
        path = known.get(f"{name.upper()}_FILE")
        if field.annotation is SecretStr and path and name not in given:
            try:
                given[name] = Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError):
                raise Refusal("settings.file", name=f"{name.upper()}_FILE", path=path) from None
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refusal:
    """Return what is wrong with the first wrong setting, in words of ours. A validator's message is the sentence's key;
    what the library finds by itself is a number that is none, or out of bounds."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name, said = str(first["loc"][0]), first["msg"].removeprefix("Value error, ")
    if name == "database_url":
        return Refusal(f"database.{said}")
    if first["type"] == "value_error":
        return Refusal(f"settings.{said}", name=name.upper())
    field = Settings.model_fields[name]
    bounds = {type(it).__name__: getattr(it, type(it).__name__.lower()) for it in field.metadata}
    return Refusal(
        "settings.number", name=name.upper(), whole=field.annotation is int, most=bounds["Le"],
        least=bounds.get("Ge", bounds.get("Gt")), above="Gt" in bounds,
    )  # fmt: skip

"""The help tells what each command does, whole and in the reader's language, and loads no command."""

import importlib
import re
import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.cli.group import COMMANDS, HELP, cli
from handlers.core.locales import translations
from tests.handlers.core.test_catalogs import CJK

Said = Callable[[list[str]], str]


@pytest.fixture
def cli_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run a command line that is wrong; return what stands on stderr."""

    def said(words: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["zeroreport", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code == 2
        return capsys.readouterr().err

    return said


@pytest.fixture(params=["en", "zh_CN"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LC_ALL", f"{request.param}.UTF-8")
    return str(request.param)


def _help(*words: str) -> str:
    """Return what a command's help shows, without the breaks of its lines."""
    shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="zeroreport").output
    return re.sub(r"\s+", "", shown)


def test_the_help_of_every_command_is_whole_and_in_the_readers_language(language: str) -> None:
    catalog = translations(language)
    told = _help()
    for name, sentence in HELP.items():
        assert re.sub(r"\s+", "", catalog.gettext(sentence)) in told, name
    assert {*HELP} == {*cli.commands}
    assert "…" not in told and "..." not in told.replace("[ARGS]...", "")


def test_each_option_is_told_whole_and_in_the_readers_language(language: str) -> None:
    for module, commands in COMMANDS.items():
        importlib.import_module(f"bot.cli.{module}")
        for name in commands:
            told = _help(name)
            for option in cli.commands[name].params:
                if isinstance(option, click.Option):
                    assert option.help, (name, option.name)
                    assert re.sub(r"\s+", "", option.help) in told, (name, option.name)
                    assert bool(CJK.search(option.help)) == (language == "zh_CN"), (name, option.name)
            assert ("Usage:" in told) == (language == "en")


def test_what_is_wrong_in_a_command_is_told_in_the_readers_language(language: str, cli_said: Said) -> None:
    for words, sentences in (
        (["assign", "health"], ("'--unit' is missing.", "缺少参数 '--unit'。")),
        (
            ["restore", "--release", "x"],
            ("'--release' must be one of: send, drop.", "'--release' 应为其中之一：send, drop。"),
        ),
        (["demo", "--port", "x"], ("a whole number from 0 to 65535", "应为0到65535的整数")),
        (["check", "--foo"], ("There is no option “--foo”.", "没有选项“--foo”。")),
        (["chekc"], ("There is no command “chekc”.", "没有命令“chekc”。")),
    ):
        assert sentences[language == "zh_CN"] in cli_said(words), words


def test_the_help_loads_no_command() -> None:
    told = """import sys; from bot.cli.main import main; sys.argv[1:] = ['--help']
try: main()
finally: print(*sys.modules)"""
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "Check every record against its seal" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("\nsys ")[2].split()}
    assert {"bot", "click"} <= loaded
    assert not loaded & {"sqlalchemy", "pydantic", "jinja2", "asyncio", "models", "handlers"}


def test_what_only_some_need_is_not_loaded_with_the_program() -> None:
    told = "import sys, bot.app, bot.cli.operate, bot.cli.failures; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"starlette", "sqlmodel"} <= loaded
    assert not loaded & {"alembic", "psycopg", "openpyxl", "segno", "telegram", "aiohttp", "httpx"}
    assert not loaded & {"docx", "docxtpl", "lxml", "typst"}, "what draws documents is loaded by its own process"

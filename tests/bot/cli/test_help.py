"""The help tells what each command does, and loads no command."""

import importlib
import subprocess
import sys

from bot.cli.group import COMMANDS, Later, cli


def test_the_help_tells_what_each_command_tells_of_itself() -> None:
    for module, commands in COMMANDS.items():
        importlib.import_module(f"bot.cli.{module}")
        for name, sentence in commands.items():
            assert Later(name, module, sentence).get_short_help_str(1000) == cli.commands[name].get_short_help_str(1000)
    assert {name for commands in COMMANDS.values() for name in commands} == {*cli.commands}


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

"""`init` at a terminal asks for the names and the staff number, so that the roster does not add its admin again."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import organisation


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(organisation, "at_terminal", lambda: True)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'zr.db'}")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("at_a_terminal")
def test_it_asks_for_what_was_not_said() -> None:
    said = CliRunner().invoke(organisation.init, ["District"], input="Anna\n1001\n").output
    assert "Your name" in said
    assert "Staff number of Anna" in said
    assert "Anna (1001) is its admin" in said
    assert "“admin”" not in said


@pytest.mark.usefixtures("at_a_terminal")
def test_enter_alone_says_what_the_import_will_ask() -> None:
    said = CliRunner().invoke(organisation.init, ["District", "Anna"], input="\n").output
    assert "Anna (admin) is its admin" in said
    assert "the import asks whether it is the same person" in said

"""A channel is a package and a name in the registry; nothing else of the program knows which there are."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.channels import registry
from tests.fakes import pigeon
from tests.support.program import Office, Phone, environment, running, until

ROOT = Path(__file__).parents[3]
LINE = f"NAMES = {registry.NAMES!r}\n".replace("'", '"')
OTHERWISE = {  # what bears a channel's name without being about it
    ("bot/cli/file_questions.py", "wecom"),  # a column of the roster
    ("bot/logs.py", "telegram"),  # the library's logger
    ("bot/scheduler.py", "wecom"),  # what its tables forget at night
}


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """Our program as it is with one channel more: a package beside the others, and its name in the registry."""
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    package = tmp_path / "bot" / "channels" / "pigeon"
    package.mkdir()
    shutil.copy(pigeon.__file__, package / "__init__.py")
    listed = tmp_path / "bot" / "channels" / "registry.py"
    text = listed.read_text("utf-8")
    assert text.count(LINE) == 1
    listed.write_text(text.replace(LINE, LINE.replace(")", ', "pigeon")')), "utf-8")
    return tmp_path


def test_a_new_channel_is_a_package_and_one_line(beside: Path) -> None:
    path, letters = f"{beside}:{ROOT}", beside / "letters"
    office = Office(beside, f"sqlite:///{beside / 'zr.db'}")
    office("init", "局", "主任")
    with running(office, "run", PYTHONPATH=path, PIGEON_LOFT=str(letters)) as program:
        assert Phone(program.port).ask("POST", "/pigeon/coo", b"/start", Host="loft.example").status == 200
        assert until(lambda: letters.exists() and letters.read_text("utf-8")).startswith("coo: ")
        program.stop()
    assert letters.read_text("utf-8").endswith("closed\n")
    found = subprocess.run(
        [sys.executable, "-m", "bot", "check"], check=False, cwd=beside, capture_output=True, text=True,
        env=environment(DATABASE_URL=office.url, PYTHONPATH=path, PIGEON_LOFT=str(letters)),
    )  # fmt: skip
    assert f"pigeon ({letters})" in found.stdout


@pytest.mark.parametrize("name", registry.NAMES)
def test_nothing_but_its_package_and_the_registry_knows_a_channel_by_name(name: str) -> None:
    assert (ROOT / "bot" / "channels" / name / "settings.py").is_file()
    named = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*.py")
        if path.parent.name not in registry.NAMES and re.search(rf"\b{name}", path.read_text("utf-8"), re.IGNORECASE)
    }
    assert named - {path for path, other in OTHERWISE if other == name} == {"bot/channels/registry.py"}

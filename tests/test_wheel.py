"""What an operator without a checkout gets: the installed wheel carries all it needs."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
CARRIED = ("bot", "handlers", "models", "templates")


def _run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel installed beside the dependencies of the tests, in a folder that is imported from first."""
    folder = tmp_path_factory.mktemp("installed")
    pip = ("pip", "--isolated", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps")
    _run(sys.executable, "-m", *pip, "--target", str(folder), str(wheel), cwd=folder)
    return folder


def test_the_wheel_carries_every_file_the_program_reads(wheel: Path) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for folder in CARRIED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {name for name in ZipFile(wheel).namelist() if name.startswith(tuple(f"{folder}/" for folder in CARRIED))}
    assert here == there


def test_the_installed_program_finds_its_templates_wherever_it_is_started(installed: Path, tmp_path: Path) -> None:
    code = (
        "import bot, handlers, models; from pathlib import Path; root = Path(bot.__file__).parents[1];"
        "print(root); assert (root / 'templates').is_dir()"
    )
    assert _run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).strip() == str(installed)


def test_the_installed_program_can_say_what_it_does(installed: Path, tmp_path: Path) -> None:
    said = _run(str(installed / "bin" / "zeroreport"), "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "demo" in said

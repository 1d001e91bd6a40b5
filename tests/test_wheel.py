"""What an operator without a checkout gets: the installed wheel carries all it needs."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
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
    """Build the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside the dependencies of the tests, in a folder that is imported from first."""
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


@pytest.fixture
def typed(installed: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the installed program in a folder of its own, far from any checkout."""

    def start(*arguments: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        ours = {"PYTHONPATH": str(installed), "LANG": "zh_CN.UTF-8", "DATABASE_URL": "sqlite:///zr.db", "PORT": "0"}
        return subprocess.Popen(
            [str(installed / "bin" / "zeroreport"), *arguments], cwd=tmp_path, env=kept | ours, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return start


def _said(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


def test_the_installed_program_can_say_what_it_does(typed: Callable[..., subprocess.Popen[str]]) -> None:
    said = _said(typed("--help"))
    assert all(command in said for command in ("demo", "run", "init", "import", "assign", "verify"))
    assert _said(typed("--version")).strip().endswith("0.1.0")


def test_the_installed_program_makes_its_tables_and_speaks_both_languages(
    typed: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    assert "开通码" in _said(typed("init", "区局", "周敏", "--staff-no", "1002"))
    (tmp_path / "roster.csv").write_text("工号,姓名,单位,角色\n007,王建国,区局/一站,负责人\n", "utf-8")
    assert "王建国" in _said(typed("import", "roster.csv"))
    assert "health" in _said(typed("assign", "health", "--unit", "区局"))


@pytest.mark.parametrize("command", ["run", "demo"])
def test_the_installed_program_serves_its_page(typed: Callable[..., subprocess.Popen[str]], command: str) -> None:
    process = typed(command)
    try:
        assert process.stdout
        address = next(line.strip() for line in process.stdout if "http://" in line)
        for path in ("", "static/base.css", "static/language.js", "healthz"):
            with urllib.request.urlopen(address + path) as answer:
                assert answer.status == 200
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0

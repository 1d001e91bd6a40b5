"""The house rules: what the linters, the type checker and the layers demand, and what no file may name."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# written so that this file does not match itself
FORBIDDEN = re.compile(
    r"https?[:]//\S+/simple\b|\bpypi[.]org|pythonhosted[.]org|registry[.]npmjs|-{2}(?:extra-)?index-url"
    r"|(?<![\w.])[/](?:work|root|opt[/]pypi)[/]"
)
PIN = re.compile(r"^([\w.-]+)==(\S+)(?: ; .+)? \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)$", re.MULTILINE)


def _passes(*command: str) -> None:
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _module(*arguments: str) -> None:
    _passes(sys.executable, "-m", *arguments)


def _tracked() -> list[Path]:
    """Return the files of the repository, also those about to be added."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = ("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def _pins(name: str) -> dict[str, str]:
    return {pin[1]: pin[2] for pin in PIN.finditer((ROOT / name).read_text("utf-8"))}


def test_ruff_finds_nothing_to_complain_about() -> None:
    _module("ruff", "check", "--quiet", ".")


def test_every_file_is_formatted_as_ruff_would() -> None:
    _module("ruff", "format", "--check", ".")


def test_the_types_hold() -> None:
    _module("mypy")


def test_imports_point_inwards() -> None:
    _passes(str(Path(sys.executable).with_name("lint-imports")))


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _tracked()
        for match in FORBIDDEN.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_locked_release_has_its_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    releases = [line for line in text.splitlines() if not line.startswith(("#", "    --hash="))]
    assert len(releases) == len(_pins(name)) > 0
    assert "://" not in text


def test_the_locked_releases_are_those_the_project_asks_for() -> None:
    program = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"], "editables"]
    tests = [*program, *PROJECT["dependency-groups"]["test"]]
    for name, asked in (("requirements.txt", program), ("requirements-test.txt", tests)):
        pins = _pins(name)
        for requirement in map(Requirement, asked):
            assert requirement.name in pins, f"{requirement.name} is missing in {name}"
            assert requirement.specifier.contains(pins[requirement.name]), f"{requirement} is not what {name} locks"


def test_the_tests_run_on_the_releases_the_program_runs_on() -> None:
    assert _pins("requirements.txt").items() <= _pins("requirements-test.txt").items()

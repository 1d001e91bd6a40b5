"""The systemd unit fits the program, and systemd takes it."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from bot.alive import RIVAL
from bot.cli.group import cli
from bot.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
UNIT = DOCS / "deploy" / "zeroreport.service"


def _service() -> dict[str, str]:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT.read_text("utf-8"))
    return dict(unit["Service"])


def test_the_unit_starts_the_program_again_but_not_where_a_person_has_to_act() -> None:
    service = _service()
    assert service["ExecStart"].split()[-2:] == ["zeroreport", "run"] or service["ExecStart"].endswith(
        "/zeroreport run"
    )
    assert "run" in cli.commands
    assert service["Restart"] == "always"
    assert {*map(int, service["RestartPreventExitStatus"].split())} == {2, RIVAL}


def test_the_unit_leaves_the_program_one_place_to_write_to_and_nobody_else_any() -> None:
    service = _service()
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert (service["UMask"], service["StateDirectoryMode"]) == ("0077", "0700")
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "DynamicUser"):
        assert service[name] == "yes"
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    for name in ("database_url", "backup_dir"):  # relative by default: below the state directory
        default = Settings.model_fields[name].default
        told = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        assert not re.search(r"(^|:///)/", told)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text("utf-8")))
    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_containers_health_check_is_a_line_that_runs() -> None:
    line = re.search(r'python, -c, "(.+?)"\]', (DOCS / "operating.md").read_text("utf-8"))
    assert line
    compile(line[1], "healthcheck", "exec")
    assert f":{Settings.model_fields['port'].default}/healthz" in line[1]

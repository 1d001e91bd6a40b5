"""Tries what attackers tried: a few of each kind, or with `--whole` the numbers that held once and must hold again.

python -m tests.attack            # a few seconds
python -m tests.attack --whole    # an hour or two, and the kills of bench.killing after it
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

VARIABLE = "ZEROREPORT_ATTACKS"
FLOORS = {"taps": 35_504, "texts": 26_411, "workbooks": 568_340, "csv": 310_512, "groups": 435}
SMALL = {"taps": 400, "texts": 200, "workbooks": 60, "csv": 400, "groups": 60}
TRIED = (
    "tests/test_attacks.py", "tests/handlers/test_access.py", "tests/handlers/test_forged.py",
    "tests/bot/web/test_web_guard.py", "tests/bot/web/test_web_chat.py", "tests/bot/web/test_entering.py",
    "tests/bot/web/test_connections.py", "tests/bot/test_secrets.py",
    "tests/models/organisation/test_hostile_rosters.py",
    "tests/models/forms/test_expressions.py", "tests/models/forms/test_yaml_reader.py",
    "tests/models/forms/test_alert_rules.py", "tests/models/forms/test_answers.py",
    "tests/models/forms/test_xlsform.py",
)  # fmt: skip


def wanted(kind: str) -> int:
    """Return how many attacks of a kind to try in this run."""
    return FLOORS[kind] if os.environ.get(VARIABLE) == "whole" else SMALL[kind]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="the numbers of docs/security.md")
    whole = parser.parse_args().whole
    known = os.environ | ({VARIABLE: "whole"} if whole else {})
    commands = [[sys.executable, "-m", "pytest", "-q", "-k", "not postgresql", *TRIED]]
    commands += [[sys.executable, "-m", "bench.killing", "--kills", "25"]] if whole else []
    return max(subprocess.run(c, cwd=Path(__file__).parents[1], env=known, check=False).returncode for c in commands)


if __name__ == "__main__":
    sys.exit(main())

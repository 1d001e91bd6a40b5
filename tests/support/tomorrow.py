"""An organisation that a running program asks tomorrow, and the clock it runs by."""

from datetime import datetime, timedelta

from tests.support.program import Office
from tests.support.world import ROSTER, ZONE

WITHOUT_WARDS = "".join(line for line in ROSTER.splitlines(keepends=True) if ",ward," not in line)
NEXT = datetime.now(ZONE).date() + timedelta(days=1)


def clock(wall: str, speed: int = 600) -> tuple[str, str]:
    return ("--clock", f"{NEXT}T{wall}×{speed}")


def settle(office: Office, **times: str) -> None:
    """Make an organisation that is asked about tomorrow, once."""
    office("import", office.write("roster.csv", WITHOUT_WARDS))
    given = [word for name, value in times.items() for word in (f"--{name}", value)]
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}", *given)

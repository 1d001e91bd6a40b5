"""Check records against their seals and end: bot/workers/verifier.py starts it. On stdin comes a line of JSON with the
database and the period, on stdout go lines with how far it is, and the last one with what was found."""

import json
import os
import sys
from typing import Any

from models.core.database import connect
from models.evidence import one_period, verification
from models.evidence.verdicts import Verdict

SHOWN = 50  # differences that are told one by one


def tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def found(verdict: Verdict) -> dict[str, Any]:
    """Return what was found as JSON keeps it; each difference with the path of its unit, where that is known."""
    counts = {name: getattr(verdict, name) for name in ("seals", "reports", "revisions", "entries", "erased")}
    shown = [[*it, verdict.paths.get(it[1])] for it in verdict.differs[:SHOWN]]
    return counts | {"differs": len(verdict.differs), "shown": shown}


def main() -> None:
    os.nice(10)  # people who tap come first
    asked = json.loads(sys.stdin.readline())
    database = connect(asked["url"])
    try:
        with database.reading() as session:
            period = asked["period"]
            if period is None:
                verdict = verification.verify(session, lambda n: tell(looked=n))
            else:
                verdict = one_period.verify(session, period, lambda n: tell(looked=n))
    finally:
        database.close()
    tell(found=found(verdict))


if __name__ == "__main__":
    main()

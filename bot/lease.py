"""Who leads: one program per database ticks and sends. The lease is asked for inside the very transaction it guards."""

import secrets
from datetime import UTC, datetime

from sqlmodel import Session

from models import leases


class Lease:
    """This program's hand on the lease `name`; real time, for a demo's clock must not lose it."""

    def __init__(self, name: str = "clock") -> None:
        self.name = name
        self.holder = secrets.token_hex(8)
        self.leading = False

    def held(self, session: Session) -> bool:
        """Takes or renews the lease; False while another program holds it."""
        self.leading = leases.hold(session, self.name, self.holder, datetime.now(UTC)) is not None
        return self.leading

    def release(self, session: Session) -> None:
        leases.release(session, self.name, self.holder)
        self.leading = False

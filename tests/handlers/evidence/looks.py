"""Who looked at whose evidence."""

from sqlmodel import select

from models.core.audit import AuditEntry
from tests.support.world import World


def looks(world: World) -> list[tuple[str, str]]:
    """Return who looked at whose, as the audit has it."""
    with world.database.reading() as session:
        return [(c.by, c.about) for c in session.exec(select(AuditEntry).where(AuditEntry.what == "why")).all()]

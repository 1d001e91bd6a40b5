"""What was told as incidents, and its receipt on the phone of whoever told it."""

from sqlmodel import select

from models.alerts.incidents import Incident
from models.alerts.tellings import Telling
from tests.support.world import Bubble, World


def receipt_of(world: World, who: str = "张伟") -> Bubble:
    return [b for b in world.chat(who) if b.kind == "incident"][-1]


def told(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        rows = session.exec(select(Incident.kind, Telling.words).join(Telling).order_by(Telling.id)).all()  # type: ignore[arg-type]
    return [(kind, words) for kind, words in rows]

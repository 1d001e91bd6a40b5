"""An admin of a part of the organisation, with a form of their own, under an admin of the whole."""

from models.cycle import assignment_changes
from models.forms import versions
from models.organisation import units
from models.time.times import Times
from tests.support.world import HEALTH, ROSTER, World

AUTHOR, ABOVE = "冯静", "周敏"
OWN = HEALTH.replace("code: health", "code: own")


def begin(world: World) -> None:
    """冯静 administers 一站, to which the form `own` belongs; it is asked in its group 甲组."""
    world.organisation(ROSTER + "1012,冯静,区局/一站,admin,,,\n1020,甲一,区局/一站/甲组,,,,\n")
    world.assign()
    with world.database.writing() as session:
        top, group, now = (
            units.unit_at(session, "区局/一站"),
            units.unit_at(session, "区局/一站/甲组"),
            world.clock.now(),
        )
        for code in ("own", "fresh", "halted"):
            version, _ = versions.store(session, OWN.replace("code: own", f"code: {code}"), now, top)
            if code != "fresh":
                task, _ = assignment_changes.assign(session, version, group, now, calendar="daily", times=Times.make(),
                                             timezone="Asia/Shanghai")  # fmt: skip
                if code == "halted":
                    assignment_changes.pause(session, task, now)
    world.at("7:30")

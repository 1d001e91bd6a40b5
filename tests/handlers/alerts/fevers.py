"""Reports with a fever, and the alerts they raise."""

from sqlmodel import select

from models.alerts.alerts import Alert
from tests.support.filling import fill_health
from tests.support.world import HEALTH, ZONE, Bubble, World

RULES = """alerts:
  - {name: fever, when: temperature >= 37.3, level: red, minutes: 15,
     label: {zh: "体温{temperature}℃", en: "temperature {temperature} °C"}}
  - {name: contact, when: contact == 'yes', level: orange, minutes: 30,
     label: {zh: "有接触史：{place}，{remark}", en: "contact: {place}, {remark}"}}
"""
FORM = HEALTH + RULES
DEEP = """staff_no,name,unit,role,kind,reporter,locale
1001,陈局,区局,lead,,,
1002,周敏,区局,admin,,,
1010,孙处,区局/物流部,lead,,,
1003,王建国,区局/物流部/一站,lead,,,
1013,刘洋,区局/物流部/一站,lead,,,en
1004,张伟,区局/物流部/一站,,,,
1005,李梅,区局/物流部/一站,,,,
1007,赵强,区局/二站,lead,,,
2001,刘大爷,区局/物流部/一站,,ward,1004,
"""


def begin(world: World) -> None:
    world.organisation(DEEP)
    world.assign(FORM)
    world.at("7:30")
    world.at("8:12")


def fever(world: World, who: str = "张伟", temperature: str = "38.2", contact: str = "无") -> None:
    fill_health(world, who, temperature, contact)


def cards(world: World, who: str) -> list[Bubble]:
    return [b for b in world.chat(who) if b.kind == "alert"]


def rung(world: World, who: str) -> list[str]:
    """Return when somebody's phone rang for an alert."""
    return [
        b.born.astimezone(ZONE).strftime("%H:%M") for b in world.phones.get(world.number(who), []) if b.kind == "alert"
    ]


def raised(world: World) -> list[Alert]:
    with world.database.reading() as session:
        return list(session.exec(select(Alert).order_by(Alert.id)).all())  # type: ignore[arg-type]

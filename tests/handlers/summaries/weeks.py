"""Begin with days of a bureau that were played before: many tests ask about the same ones."""

from datetime import date, timedelta

from tests.support.world import MONDAY, World

NEXT = MONDAY + timedelta(7)  # 30 November


def days(world: World, *numbers: int, begin: date = MONDAY) -> World:
    """Let days pass until half past ten: 李梅 reports in time, 王建国 late, the others never."""
    for n in numbers:
        world.at("08:00", begin + timedelta(n))
        world.taps("李梅", "零报告")
        world.at("10:30", begin + timedelta(n))
        world.taps("王建国", "零报告")
    return world


def before(world: World) -> None:
    world.organisation()
    world.assign()


def one_day(world: World) -> None:
    before(world)
    days(world, 0)


def three_days(world: World) -> None:
    before(world)
    days(world, 0, 1, 2)


def week_after_one_day(world: World) -> None:
    """Play the first day, and let the week pass until early on the next Monday."""
    one_day(world)
    world.at("06:00", NEXT)


def week_after_three_days(world: World) -> None:
    three_days(world)
    world.at("06:00", NEXT)

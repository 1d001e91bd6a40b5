"""A store that keeps masks, and its keeper, a plain member."""

from tests.support.world import World

KEEPER, ADMIN, LEAD = "李梅", "周敏", "王建国"


def begin(world: World) -> None:
    world.organisation()
    world.says(ADMIN, "/supplies item 口罩 个 100")
    world.says(ADMIN, "/supplies store 区局仓库")
    world.says(ADMIN, "/supplies keeper 1005")
    world.at("9:00")


def does(world: World, words: str, who: str = KEEPER, *, note: str = "") -> str:
    """Let a keeper type a whole movement and record it; return the toast, which is empty if it was recorded."""
    world.says(who, f"/supplies {words}")
    if note:
        world.says(who, note)
    return world.taps(who, "登记") or ""


def stock(world: World, who: str = KEEPER) -> str:
    """Return the first line of what the stores hold."""
    return next(line for line in world.says(who, "/supplies").splitlines() if "口罩" in line)

"""Fill in the forms of `tests/support/world.py` on a phone, from the button that begins one to the receipt; and report
incidents."""

from tests.support.world import World


def fill_health(
    world: World, who: str, temperature: str, contact: str = "无", *, remark: str = "", begin: str = "有情况"
) -> None:
    world.taps(who, begin)
    world.says(who, temperature)
    world.taps(who, contact)
    if contact == "有":
        world.says(who, "家里")
    if remark:
        world.says(who, remark)
    else:
        world.taps(who, "跳过")
    assert "已收到" in (world.taps(who, "提交") or "")


def fill_delivery(world: World, who: str, ordered: str, delivered: str) -> None:
    world.taps(who, "填报")
    world.says(who, ordered)
    world.says(who, delivered)
    assert "已收到" in (world.taps(who, "提交") or "")


def report_incident(world: World, who: str, words: str) -> None:
    world.says(who, f"突发 {words}")
    world.taps(who, "立即上报")

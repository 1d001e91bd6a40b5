"""Play in the demo what comes into the stores and goes out, and what was given, for the pictures of campaign.md."""

from typing import Any

from docs.hand import SETTLED, Hand


def transfers(hand: Hand, words: dict[str, Any]) -> None:
    """Send fifty masks to a station's cabinet, and take them in there."""
    hand.be(words["keeper"])
    with hand.still():
        hand.say("/supplies")
        hand.press("🚚 To another store")
        hand.say(words["masks"])
        hand.press(words["cabinet"])
        hand.say("50")
        hand.press("✅ Record")
        hand.shoot("transfer-way")
        hand.be(words["turn"])
        hand.shoot("transfer-asked")
        hand.press("✅ It arrived")
        hand.be(words["keeper"])
        hand.shoot("transfer-arrived")


def supplies(hand: Hand, words: dict[str, Any]) -> None:
    """Hand out three masks to everyone, and get them."""
    hand.be(words["keeper"])
    hand.say("/supplies")
    hand.press("👥 To everyone in a unit")
    hand.say(words["masks"])
    hand.press(words["bureau"])
    hand.say("3")
    hand.shoot("supplies-round")
    hand.press("✅ Record")
    hand.be(words["employee"])
    hand.shoot("supplies-got")
    hand.press("✅ I got it")
    hand.be(words["keeper"])
    hand.page.wait_for_timeout(SETTLED)
    hand.shoot("supplies-standing")


def donations(hand: Hand, words: dict[str, Any]) -> None:
    """Look at a collection, and publish its totals."""
    hand.be(words["admin"])
    hand.say("/donations")
    hand.press(words["collection"])
    hand.shoot("donations-ledger")
    hand.press("📢 Publish the totals")
    hand.shoot("donations-totals")
    hand.press("📢 Post")

"""Keep how fast Telegram lets a bot send (core.telegram.org/bots/faq, “My bot is hitting limits”)."""

from bot.channels.base import Limits

PER_SECOND = 30  # messages in all; up to 1000 where paid broadcasts are bought
PER_CHAT_SECOND = 1
PER_GROUP_MINUTE = 20


def limits(per_second: float) -> Limits:
    """Return Telegram's limits, with as many messages a second in all as the operator set."""
    return Limits(per_second, PER_CHAT_SECOND, PER_GROUP_MINUTE)

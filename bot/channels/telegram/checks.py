"""What `zeroreport check` asks Telegram: does it know us, how does it reach us, do our clocks agree."""

from typing import Any

import aiohttp

from bot.channels.telegram.transport import PROXY, Transport, cause
from bot.clock import agrees
from bot.settings import Settings


async def look(settings: Settings) -> list[tuple[str, bool, str]]:
    """Findings: id, fine, detail. Nothing in them holds the token."""
    transport = Transport(1, settings.telegram_proxy.get_secret_value())
    base = settings.telegram_api_url + settings.telegram_token.get_secret_value()
    try:
        async with transport.open().get(f"{base}/getMe", timeout=aiohttp.ClientTimeout(10)) as reply:
            me, told = await reply.json(), reply.headers.get("Date", "")
        async with transport.open().get(f"{base}/getWebhookInfo", timeout=aiohttp.ClientTimeout(10)) as reply:
            info = await reply.json() if me.get("ok") else {}
    except (aiohttp.ClientError, OSError, ValueError, *PROXY) as error:
        return [("telegram", False, cause(error))]
    finally:
        await transport.shutdown()
    if not me.get("ok"):
        return [("telegram_token", False, str(me.get("description", "")))]
    known = [_webhook(settings, info["result"])] if info.get("ok") else []  # other servers may have none
    return [("telegram", True, f"@{me['result'].get('username', '')}"), *known, _clock(told)]


def _webhook(settings: Settings, info: dict[str, Any]) -> tuple[str, bool, str]:
    """It should lead to us, and work; nowhere while we poll."""
    bot = settings.telegram_token.get_secret_value().partition(":")[0]
    wanted = f"{settings.public_url}/telegram/{bot}" if settings.telegram_mode == "webhook" else ""
    url = info.get("url", "")
    if url != wanted:
        return "telegram_webhook", False, url or "–"
    error = info.get("last_error_message", "") if wanted and info.get("pending_update_count") else ""
    return "telegram_webhook_fails" if error else "telegram_webhook", not error, error


def _clock(told: str) -> tuple[str, bool, str]:
    return "telegram_clock", *agrees(told)

"""Ask Telegram for `zeroreport check` whether it knows us, how it reaches us, and whether our clocks agree."""

import asyncio
from typing import Any

import aiohttp

from bot.channels.package import Finding
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.transport import PROXY, Transport, cause
from bot.clock import agrees


def look(settings: TelegramSettings, public_url: str) -> list[Finding]:
    """Return the findings, none of which holds the token."""
    return asyncio.run(_look(settings, public_url))


async def _look(settings: TelegramSettings, public_url: str) -> list[Finding]:
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
    known = [_webhook(settings, public_url, info["result"])] if info.get("ok") else []  # other servers may not have it
    return [("telegram", True, f"@{me['result'].get('username', '')}"), *known, _clock(told)]


def _webhook(settings: TelegramSettings, public_url: str, info: dict[str, Any]) -> Finding:
    """Check that the webhook leads to us and works, or that there is none while we poll."""
    wanted = f"{public_url}/telegram/{settings.telegram_bot}" if settings.telegram_mode == "webhook" else ""
    url = info.get("url", "")
    if url != wanted:
        return "telegram_webhook", False, url or "–"
    error = info.get("last_error_message", "") if wanted and info.get("pending_update_count") else ""
    return "telegram_webhook_fails" if error else "telegram_webhook", not error, error


def _clock(told: str) -> Finding:
    return "telegram_clock", *agrees(told)

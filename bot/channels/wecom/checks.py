"""Check whether WeCom would work: its settings one by one, then what its server says to each."""

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp

from bot.channels.package import Finding
from bot.channels.wecom.credentials import Access
from bot.clock import agrees

TIMEOUT = aiohttp.ClientTimeout(10)


def verify(access: Access, public_url: str) -> list[Finding]:
    """Return what `zeroreport check` says, in the order in which one would fix it. A detail from WeCom is `WeCom CODE`,
    with the refused IP address if that is the reason."""
    settings: list[Finding] = [("wecom_settings", not access.missing, ", ".join(access.missing))]
    if access.aes_key:
        settings.append(("wecom_aes_key", access.has_aes_key, ""))
    settings.append(("wecom_callback", public_url != "", f"{public_url}/wecom/callback" if public_url else ""))
    return [*settings, *(asyncio.run(_asked(access)) if access.corp_id and access.secret else [])]


async def _asked(access: Access) -> list[Finding]:
    async with aiohttp.ClientSession(trust_env=True, timeout=TIMEOUT) as session:
        return [found async for found in _told(session, access)]


async def _told(session: aiohttp.ClientSession, access: Access) -> AsyncIterator[Finding]:
    """Check the secret, this machine's clock and the app."""
    url = f"{access.url}/cgi-bin/"
    refused, told, date = await _ask(session, f"{url}gettoken", corpid=access.corp_id, corpsecret=access.secret)
    yield "wecom_secret", refused == "", refused
    if refused:
        return
    yield "wecom_clock", *agrees(date)
    if access.agent_id:
        token = str(told["access_token"])
        refused, *_ = await _ask(session, f"{url}agent/get", access_token=token, agentid=access.agent_id)
        yield "wecom_app", refused == "", refused


async def _ask(session: aiohttp.ClientSession, url: str, **query: str) -> tuple[str, dict[str, object], str]:
    """Return why WeCom refused, "" if it did not; what it answered; and the time of its clock."""
    try:
        async with session.get(url, params=query, allow_redirects=False) as reply:
            told, date = await reply.json(content_type=None), reply.headers.get("Date", "")
        code = int(told.get("errcode", 0))
    except (aiohttp.ClientError, OSError, ValueError, TypeError, AttributeError) as error:
        return type(error).__name__, {}, ""
    address = re.search(r"from ip: ([0-9a-fA-F.:]+)", str(told.get("errmsg", ""))) if code == 60020 else None
    return f"WeCom {code}{f' {address[1]}' if address else ''}" if code else "", told, date

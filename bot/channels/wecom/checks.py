"""Whether WeCom would work: its settings one by one, then its server's own word on each."""

import logging
import re
from collections.abc import Iterator

import httpx

from bot.channels.wecom.credentials import Access
from bot.clock import agrees

TIMEOUT = 10.0
for _talkative in ("httpx", "httpcore"):  # they log whole addresses, and ours hold tokens and keys
    logging.getLogger(_talkative).setLevel(logging.WARNING)


def verify(access: Access, public_url: str) -> Iterator[tuple[str, bool, str]]:
    """What `zeroreport check` says, in the order in which one would mend: id, whether it is fine, a detail. A detail of
    WeCom's is `WeCom CODE`, with the refused IP address where that is the reason."""
    yield "wecom_settings", not access.missing, ", ".join(access.missing)
    if access.aes_key:
        yield "wecom_aes_key", access.has_aes_key, ""
    yield "wecom_callback", public_url != "", f"{public_url}/wecom/callback" if public_url else ""
    if access.corp_id and access.secret:
        with httpx.Client(base_url=access.url, timeout=TIMEOUT) as client:
            refused, told, date = _asked(client, "gettoken", corpid=access.corp_id, corpsecret=access.secret)
            yield "wecom_secret", refused == "", refused
            if not refused:
                yield "wecom_clock", *agrees(date)
            if not refused and access.agent_id:
                token = str(told["access_token"])
                refused, *_ = _asked(client, "agent/get", access_token=token, agentid=access.agent_id)
                yield "wecom_app", refused == "", refused


def _asked(client: httpx.Client, path: str, **query: str) -> tuple[str, dict[str, object], str]:
    """Why WeCom refused, "" if it did not; what it told; and the time of its clock."""
    try:
        reply = client.get(f"/cgi-bin/{path}", params=query)
        told = reply.json()
        code = int(told.get("errcode", 0))
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        return type(error).__name__, {}, ""
    address = re.search(r"from ip: ([0-9a-fA-F.:]+)", str(told.get("errmsg", ""))) if code == 60020 else None
    refused = f"WeCom {code}{f' {address[1]}' if address else ''}" if code else ""
    return refused, told, reply.headers.get("Date", "")

"""Open the dashboard from WeCom by OAuth: `snsapi_base` tells who looks without asking them (D/96441, D/96442)."""

import asyncio
from urllib.parse import urlencode

from bot.channels.base import SendError
from bot.channels.package import Arrived, Returning
from bot.channels.wecom.api import Api, ApiError
from bot.channels.wecom.credentials import Access
from models.core.errors import Refusal

AUTHORIZE = "https://open.weixin.qq.com"
PATIENCE = 10.0  # seconds for which a browser waits for WeCom's answer
WRONG_CODE = frozenset({40029, 41008, 42003})  # unknown or used, missing, too old


def door(api: Api) -> Returning:
    """Return the way in for the members of this company."""

    async def read(code: str) -> Arrived:
        return await told(api, code)

    return Returning(lambda back, state: away(api.access, back, state), read)


def away(access: Access, back: str, state: str) -> str:
    """Return where the browser goes to come back to `back` with a code."""
    asked = {
        "appid": access.corp_id, "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": state,
        "agentid": access.agent_id,
    }  # fmt: skip
    host = AUTHORIZE if access.real else access.url.rstrip("/")
    return f"{host}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


async def told(api: Api, code: str) -> Arrived:
    """Return whose the code is. Raises `dashboard.not_proven`, `dashboard.not_member`, `dashboard.platform_refused` or
    `dashboard.platform_away`."""
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await api.call("auth/getuserinfo", code=code)
    except ApiError as error:
        raise Refusal("dashboard.not_proven" if error.code in WRONG_CODE else "dashboard.platform_refused") from None
    except (SendError, TimeoutError):
        raise Refusal("dashboard.platform_away") from None
    account = str(answer.get("userid") or "")
    if not account:
        raise Refusal("dashboard.not_member")
    return Arrived(account, code)

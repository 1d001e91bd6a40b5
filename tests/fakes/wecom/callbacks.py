"""Tell our callback what people do, encrypted by wechatpy, so that what we read was not written by us."""

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from wechatpy.enterprise.crypto import WeChatCrypto

from tests.fakes.wecom.state import AES_KEY, AGENT, CORP, PATIENCE, TOKEN, TRIES


@dataclass
class Answered:
    """The answer of our callback, and the number of tries it took."""

    status: int
    body: bytes
    tries: int
    seconds: float


class Callbacks:
    """The calls that WeCom makes to a program."""

    callback = ""  # its address

    def tell(self, account: str, **told: str) -> Answered:
        """Tell the callback what somebody did, as often as WeCom does: three times, five seconds each."""
        fields = {"ToUserName": CORP, "FromUserName": account, "CreateTime": str(int(time.time())), "AgentID": AGENT}
        return self.post(fields | told)

    def post(self, fields: dict[str, str], tries: int = TRIES) -> Answered:
        xml = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
        query, body = sealed(f"<xml>{xml}</xml>")
        began = time.monotonic()
        answered = Answered(0, b"", 0, 0.0)
        for n in range(1, tries + 1):
            answered = self._posted(query, body, n, began)
            if answered.status == 200:
                break
        return answered

    def _posted(self, query: str, body: bytes, n: int, began: float) -> Answered:
        to = urlsplit(self.callback)
        connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=PATIENCE)
        try:
            connection.request("POST", f"{to.path}?{query}", body, {"Host": "reports.example.org"})
            answer = connection.getresponse()
            return Answered(answer.status, answer.read(), n, time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            return Answered(0, b"", n, time.monotonic() - began)
        finally:
            connection.close()


def sealed(xml: str, timestamp: str = "", nonce: str = "n0nce") -> tuple[str, bytes]:
    """Return the query and the body of a callback that tells this, now or at `timestamp`."""
    timestamp = timestamp or str(int(time.time()))
    made = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(xml, nonce, timestamp)
    found = dict(re.findall(r"<(Encrypt|MsgSignature)><!\[CDATA\[(.*?)\]\]>", made))
    query = urlencode({"msg_signature": found["MsgSignature"], "timestamp": timestamp, "nonce": nonce})
    body = f"<xml><ToUserName>{CORP}</ToUserName><AgentID>{AGENT}</AgentID><Encrypt>{found['Encrypt']}</Encrypt></xml>"
    return query, body.encode()

"""WeCom's callback protocol as pure functions: signature, AES-256-CBC, envelope, reading and writing XML (D/90968,
D/90930)."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from Crypto.Cipher import AES
from Crypto.Cipher._mode_cbc import CbcMode
from defusedxml import DefusedXmlException, ElementTree

MOST_BYTES = 64 * 1024  # of an envelope; WeCom's longest message is a text of 2,048 bytes
NONCE = 128  # letters; WeCom's has about ten
BLOCK = 32  # of the padding, although AES itself has blocks of 16
SALT = 16  # random bytes before the message, then 4 with its length
HEAD = SALT + 4


class Refused(Exception):
    """Raised where a callback is not WeCom's, not for us, or not whole; the reason is for the log, never for the
    sender."""


@dataclass(frozen=True)
class Keys:
    """What both sides know. `receive_id` is the corp id: for whom a message is meant."""

    token: str = field(repr=False)
    aes_key: bytes = field(repr=False)
    receive_id: str


def make_keys(token: str, encoding_aes_key: str, corp_id: str) -> Keys:
    """Build the keys from the values of the admin console; the AES key is 43 letters and digits."""
    return Keys(token, base64.b64decode(encoding_aes_key + "="), corp_id)


def signature(token: str, timestamp: str, nonce: str, ciphertext: str) -> str:
    """Return SHA-1, in hex, of the four values sorted and joined."""
    joined = "".join(sorted([token, timestamp, nonce, ciphertext]))
    return hashlib.sha1(joined.encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 -- WeCom's choice


def verify(keys: Keys, signed: str, timestamp: str, nonce: str, ciphertext: str) -> None:
    """Raise Refused if the signature is not by somebody who knows the token."""
    ours = signature(keys.token, timestamp, nonce, ciphertext)
    if not hmac.compare_digest(ours.encode(), signed.encode("utf-8", "surrogatepass")):
        raise Refused("wrong signature")


def refuse_unless_of_now(timestamp: str, now: datetime, window: timedelta) -> None:
    """Raise Refused if a callback was signed longer than `window` before or after now: somebody kept it, or a clock is
    wrong. A repetition within that time is recognised by its content (`events.key_of`)."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise Refused("no timestamp")
    if abs(now.timestamp() - int(timestamp)) > window.total_seconds():
        raise Refused("signed at another time than now; look at this machine's clock")


def refuse_unless_signed(signed: str, nonce: str) -> None:
    """Raise Refused if the signature cannot be one, before anything else is read."""
    if not re.fullmatch("[0-9a-f]{40}", signed) or len(nonce) > NONCE:
        raise Refused("no signature")


def encrypt(keys: Keys, message: bytes, salt: bytes) -> str:
    """Encrypt `salt` (16 random bytes), length, message and receive id, and return them in Base64."""
    plain = salt + len(message).to_bytes(4, "big") + message + keys.receive_id.encode()
    padding = BLOCK - len(plain) % BLOCK
    return base64.b64encode(_cipher(keys).encrypt(plain + bytes([padding]) * padding)).decode()


def decrypt(keys: Keys, ciphertext: str) -> bytes:
    """Return the message; raise Refused if padding, length or receive id are not exactly right."""
    try:
        raw = base64.b64decode(ciphertext, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not base64") from None
    if not raw or len(raw) % BLOCK:
        raise Refused("not whole blocks")
    padded = _cipher(keys).decrypt(raw)
    padding = padded[-1]
    if not 1 <= padding <= BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise Refused("wrong padding")
    plain = padded[:-padding]
    end = HEAD + int.from_bytes(plain[SALT:HEAD], "big")
    if len(plain) < HEAD or end > len(plain):
        raise Refused("wrong length")
    if not hmac.compare_digest(plain[end:], keys.receive_id.encode()):
        raise Refused("meant for somebody else")
    return plain[HEAD:end]


def _cipher(keys: Keys) -> CbcMode:
    return AES.new(keys.aes_key, AES.MODE_CBC, iv=keys.aes_key[:16])


def read(xml: bytes) -> dict[str, str]:
    """Return the elements right below the root, by tag; deeper ones are not needed. Raise Refused if the XML is too
    long, not well formed, or declares a document type or entities."""
    if len(xml) > MOST_BYTES:
        raise Refused("too long")
    try:
        root = ElementTree.fromstring(xml, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Refused(f"no XML: {type(error).__name__}") from None
    return {leaf.tag: leaf.text or "" for leaf in root if len(leaf) == 0}


def write(values: dict[str, str]) -> bytes:
    """Write such XML: one level, as WeCom reads and writes it."""
    leaves = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f"<xml>{leaves}</xml>".encode()


def echo(keys: Keys, signed: str, timestamp: str, nonce: str, echostr: str) -> bytes:
    """Return what the admin console wants to read when it verifies the callback's address, without an envelope."""
    verify(keys, signed, timestamp, nonce, echostr)
    return decrypt(keys, echostr)


def open_envelope(keys: Keys, signed: str, timestamp: str, nonce: str, body: bytes) -> dict[str, str]:
    """Return the message or event in a callback's body, by tag."""
    ciphertext = read(body).get("Encrypt", "").strip()
    verify(keys, signed, timestamp, nonce, ciphertext)
    return read(decrypt(keys, ciphertext))


def make_envelope(keys: Keys, timestamp: str, nonce: str, message: bytes, salt: bytes) -> bytes:
    """Encrypt and sign a message, as an answer to a callback."""
    ciphertext = encrypt(keys, message, salt)
    signed = signature(keys.token, timestamp, nonce, ciphertext)
    return write({"Encrypt": ciphertext, "MsgSignature": signed, "TimeStamp": timestamp, "Nonce": nonce})

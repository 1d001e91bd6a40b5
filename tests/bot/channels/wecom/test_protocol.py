"""WeCom's callback protocol, against the vendor's own sample, wechatpy, and whatever hypothesis thinks of."""

import base64
import hashlib
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as some
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom import protocol
from bot.channels.wecom.protocol import Refused

TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
KEYS = protocol.make_keys(TOKEN, AES_KEY, CORP)
STAMP, NONCE = "1409659813", "1372623149"
SALT = b"0123456789abcdef"
TEXTS = some.text(some.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))


def sealed(message: bytes = b"<xml><MsgId>1</MsgId></xml>", keys: protocol.Keys = KEYS) -> tuple[str, bytes]:
    """Return a signature and the body it belongs to."""
    ciphertext = protocol.encrypt(keys, message, SALT)
    return protocol.signature(keys.token, STAMP, NONCE, ciphertext), protocol.write({"Encrypt": ciphertext})


def opened(signed: str, body: bytes) -> dict[str, str]:
    return protocol.open_envelope(KEYS, signed, STAMP, NONCE, body)


def enciphered(plain: bytes) -> str:
    """Base64 of exactly these bytes under the key, whatever they are."""
    coder = Cipher(algorithms.AES256(KEYS.aes_key), modes.CBC(KEYS.aes_key[:16])).encryptor()
    return base64.b64encode(coder.update(plain) + coder.finalize()).decode()


def padded(plain: bytes) -> bytes:
    size = 32 - len(plain) % 32
    return plain + bytes([size]) * size


def framed(message: bytes, receive_id: str = CORP, length: int | None = None) -> bytes:
    return SALT + (len(message) if length is None else length).to_bytes(4, "big") + message + receive_id.encode()


def test_the_vendors_sample_of_a_verification_is_answered_bare() -> None:
    echostr = "P9nAzCzyDtyTWESHep1vC5X9xho%2FqYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp%2B4RPcs8TgAE7OaBO%2BFZXvnaqQ%3D%3D"
    signed = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    assert protocol.echo(KEYS, signed, "1409659589", "263014780", unquote(echostr)) == b"1616140317555161061"


@given(TEXTS)
def test_what_wechatpy_closes_we_open(text: str) -> None:
    xml = protocol.write({"Content": text, "MsgId": "7"})
    made = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(xml.decode(), NONCE, STAMP)
    signed = re.findall(r"<MsgSignature><!\[CDATA\[(\w+)", made)[0]
    found = opened(signed, made.encode())
    assert found == {"Content": text.replace("\r", "\n"), "MsgId": "7"}


@given(TEXTS)
def test_what_we_close_wechatpy_opens(text: str) -> None:
    body = protocol.make_envelope(KEYS, STAMP, NONCE, text.encode(), SALT)
    signed = protocol.read(body)["MsgSignature"]
    found = WeChatCrypto(TOKEN, AES_KEY, CORP).decrypt_message(body, signed, STAMP, NONCE)
    assert (found if isinstance(found, str) else found.decode()) == text


@given(some.binary(max_size=200), some.binary(min_size=16, max_size=16))
def test_every_message_comes_back_as_it_was(message: bytes, salt: bytes) -> None:
    assert protocol.decrypt(KEYS, protocol.encrypt(KEYS, message, salt)) == message


@given(some.integers(0, 500), some.integers(1, 255))
def test_a_changed_byte_is_never_taken(at: int, change: int) -> None:
    signed, body = sealed()
    spoilt = bytearray(body)
    spoilt[at % len(body)] ^= change
    try:
        assert opened(signed, bytes(spoilt)) == {"MsgId": "1"}  # outside the cipher: a blank, the name of the root
    except Refused:
        return
    assert b"<Encrypt>" in spoilt


@given(some.binary(max_size=300))
def test_no_ciphertext_whatever_breaks_us(raw: bytes) -> None:
    for ciphertext in (base64.b64encode(raw).decode(), raw.decode("latin-1"), enciphered(padded(raw))):
        try:
            protocol.decrypt(KEYS, ciphertext)
        except Refused:
            pass


@given(some.binary(max_size=300), some.text(max_size=60), some.text(max_size=60))
def test_no_envelope_whatever_breaks_us(body: bytes, signed: str, stamp: str) -> None:
    with pytest.raises(Refused):
        protocol.open_envelope(KEYS, signed, stamp, NONCE, body)


@pytest.mark.parametrize(
    "plain",
    [
        padded(framed(b"m", "wx0000000000000000")),
        padded(framed(b"m", "")),
        padded(framed(b"m", CORP + "x")),
        padded(framed(b"m", length=2)),
        padded(framed(b"m", length=0)),
        padded(framed(b"m", length=2**32 - 1)),
        padded(b"short"),
        framed(b"m").ljust(64, b"\0"),
        framed(b"m").ljust(63, b"\7") + b"\x21",
        framed(b"m").ljust(60, b"\7") + b"\1\2\3\4",
    ],
    ids=["other corp", "no corp", "longer corp", "too long", "too short", "far too long", "no head", "no padding",
         "padding of 33", "uneven padding"],
)  # fmt: skip
def test_what_is_not_exactly_right_inside_is_refused(plain: bytes) -> None:
    with pytest.raises(Refused):
        protocol.decrypt(KEYS, enciphered(plain))


@pytest.mark.parametrize("ciphertext", ["", "A", "AAAA", "§", "ä" * 8, "A" * 86 + "\n=="])
def test_what_is_no_base64_of_whole_blocks_is_refused(ciphertext: str) -> None:
    with pytest.raises(Refused):
        protocol.decrypt(KEYS, ciphertext)


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<xml>",
        b"<!DOCTYPE xml><xml/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
        b"<xml><Content>" + b"a" * protocol.MOST_BYTES + b"</Content></xml>",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
    ],
    ids=["nothing", "half", "doctype", "entity", "file", "oversize", "no text", "encoding"],
)
def test_dangerous_or_broken_xml_is_refused(xml: bytes) -> None:
    with pytest.raises(Refused):
        protocol.read(xml)


@given(some.binary(max_size=200))
def test_no_xml_whatever_breaks_us(xml: bytes) -> None:
    try:
        protocol.read(b"<xml>" + xml + b"</xml>")
    except Refused:
        pass


@given(some.dictionaries(some.from_regex(r"\A[A-Z][a-z]{1,9}\Z"), TEXTS, min_size=1))
def test_what_we_write_we_read(values: dict[str, str]) -> None:
    wanted = {name: value.replace("\r", "\n") for name, value in values.items()}
    assert protocol.read(protocol.write(values)) == wanted


def test_a_signature_is_of_the_sorted_words() -> None:
    assert protocol.signature("b", "1", "a", "C") == hashlib.sha1(b"1Cab").hexdigest()


def test_who_does_not_know_the_token_is_refused() -> None:
    signed, body = sealed(keys=replace(KEYS, token="another"))
    with pytest.raises(Refused, match="signature"):
        opened(signed, body)


def test_keys_are_not_shown_by_accident() -> None:
    assert TOKEN not in repr(KEYS)
    assert repr(KEYS.aes_key) not in repr(KEYS)

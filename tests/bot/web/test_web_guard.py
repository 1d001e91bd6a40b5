"""The door: which hosts, origins, bodies and people get in, and that a refusal is a sentence."""

import socket

import pytest

from bot.channels.webchat.channel import FILE_LIMIT
from tests.support.serving import Served

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "{port}"]
)
def test_another_host_is_refused_in_a_sentence(demo: Served, host: str) -> None:
    for path in ("/", "/chat/state", "/static/chat.js", "/healthz"):
        reply = demo.get(path, Host=host.format(port=demo.port))
        assert reply.status == 403
        assert b"only on this computer" in reply.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_this_computers_names_are_let_in(demo: Served, host: str) -> None:
    assert demo.get("/healthz", Host=f"{host}:{demo.port}").body == b"ok"


SAID = {"account": "p1", "chat": "p1", "text": "hello"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://localhost:1"},
    ],
)
def test_what_another_page_sends_does_nothing(demo: Served, headers: dict[str, str]) -> None:
    for path in ("/chat/say", "/chat/tap", "/chat/file?account=p1&chat=p1&name=a", "/language", "/clock"):
        reply = demo.post(path, SAID, **headers)
        assert (reply.status, "another page" in reply.json["error"]) == (403, True)
    assert demo.desk.taken == []


def test_a_form_of_our_own_page_is_let_in_though_it_hides_its_origin(demo: Served) -> None:
    assert demo.post("/chat/say", SAID, Origin="null", Sec_Fetch_Site="same-origin").status == 200


def test_every_answer_carries_the_headers_that_keep_the_page_closed(demo: Served) -> None:
    for path in ("/", "/chat/state", "/static/chat.css", "/chat/messages?chat=no", "/nowhere"):
        headers = demo.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert demo.get("/chat/state").headers["cache-control"] == "no-store"


def test_bodies_have_their_limits(demo: Served) -> None:
    path = "/chat/file?account=p1&chat=p1&name=a.bin"
    assert demo.post("/chat/say", b"x" * 70_000).status == 413
    assert demo.post(path, b"x" * FILE_LIMIT).status == 200
    with socket.create_connection(("127.0.0.1", demo.port)) as raw:  # without a length it is counted as it comes
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{demo.port}\r\nOrigin: http://127.0.0.1:{demo.port}\r\n"
        raw.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(12):
                raw.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
        except ConnectionError:
            pass  # it hung up on us while we were talking, as it may
        else:
            assert b" 413 " in raw.recv(200)
    assert len(demo.desk.taken) == 1


def test_only_a_file_is_held_against_a_files_size(demo: Served) -> None:
    """A code of 70,000 letters was told that a file may have 10 MB."""
    path = "/chat/file?account=p1&chat=p1&name=a.bin"
    assert "10 MB" in demo.post(path, b"x" * (FILE_LIMIT + 1)).json["error"]
    assert "4,096" in demo.post("/chat/say", b"x" * 70_000).json["error"]
    assert "code" in demo.post("/enter", b"code=" + b"x" * 70_000).body.decode()
    assert "10 MB" not in demo.post("/chat/tap", b"x" * 70_000).json["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'{"chat": "p1"}', b'{"chat": null, "text": "a"}', b"[" * 60_000, b"\xff\xfe"]
)
def test_a_body_nobody_understands_is_refused(demo: Served, body: bytes) -> None:
    reply = demo.post("/chat/say", body)
    assert (reply.status, reply.json["error"]) == (400, "The program did not understand this request.")


def test_text_is_cleaned_of_what_no_database_takes_and_kept_to_its_length(demo: Served) -> None:
    assert demo.post("/chat/say", {**SAID, "text": "a\x00b\ud800c\n<b>"}).json["message"]["text"] == "abc\n<b>"
    assert demo.post("/chat/say", {**SAID, "text": " \n\x00"}).status == 400
    assert demo.post("/chat/say", {**SAID, "text": "x" * 4096}).status == 200
    assert demo.post("/chat/say", {**SAID, "text": "x" * 4097}).status == 400


def test_an_uncommitted_message_is_answered_with_503_and_a_sentence(demo: Served) -> None:
    demo.desk.broken = True
    for path, body in (("/chat/say", SAID), ("/chat/tap", {**SAID, "message": "1", "data": "z"})):
        reply = demo.post(path, body)
        assert (reply.status, "has not been recorded" in reply.json["error"]) == (503, True)


def test_a_head_with_more_lines_than_any_browser_sends_is_refused(demo: Served) -> None:
    assert demo.get("/healthz", **{f"X-{n}": "y" for n in range(60)}).status == 200
    assert demo.get("/healthz", **{f"X-{n}": "y" for n in range(120)}).status == 431

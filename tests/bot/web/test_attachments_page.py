"""Photos, voice and places in the page itself: sent from the menu, shown in the bubbles, opened by nobody else."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsers import OpenPage
from tests.support.serving import Served

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PLACE = {"latitude": 31.2304, "longitude": 121.4737, "accuracy": 12}


def _chat(page: Page, demo: Served) -> None:
    page.goto(f"http://127.0.0.1:{demo.port}/#p2")
    page.locator("#attach").click()
    expect(page.locator("#ways")).to_be_visible()


def test_a_photo_with_its_caption_a_voice_message_and_the_place(
    demo: Served, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, geolocation=PLACE, permissions=["geolocation"])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    _chat(page, demo)
    page.locator("#text").fill("<b>东门</b>")
    for way, name, data in (("#photo", "摊位.png", PNG), ("#voice", "v.ogg", b"OggS")):
        (tmp_path / name).write_bytes(data)
        with page.expect_response("**/chat/file?**"):
            page.set_input_files(way, tmp_path / name)
    picture = page.locator(".bubble.mine .picture img")
    expect(picture).to_have_js_property("naturalWidth", 1)
    expect(page.locator(".bubble.mine", has=page.locator("img"))).to_contain_text("<b>东门</b>")
    expect(page.locator(".bubble.mine audio")).to_have_attribute("aria-label", "v.ogg")
    page.locator("#place").click()
    expect(page.locator(".bubble.mine").last).to_contain_text("📍 31.2304, 121.4737 ±12 m")
    photo, voice, place = demo.desk.taken
    assert (photo.text, photo.file and photo.file.mime) == ("<b>东门</b>", "image/png")
    assert (voice.text, voice.file and voice.file.name) == (None, "v.ogg")
    assert (place.text, place.location and place.location.accuracy) == (None, 12)
    assert not [words for words in complaints if "Content Security" in words]


def test_a_refused_permission_is_told(demo: Served, open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    _chat(page, demo)
    page.locator("#place").click()
    expect(page.locator(".toast.bad")).to_contain_text("31.2304, 121.4737")
    assert demo.desk.taken == []


def test_sound_is_played_in_parts_and_a_place_that_is_none_is_refused(demo: Served) -> None:
    query = "/chat/file?account=p2&chat=p2&name=v.ogg"
    url = demo.post(query, b"0123456789", Content_Type="audio/ogg").json["message"]["file"]["url"]
    part = demo.get(url, Range="bytes=2-4")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert demo.get(url, Range="bytes=20-").body == b"0123456789"
    assert demo.get(url).headers["content-type"] == "audio/ogg"
    for latitude in ("91", "x", "1e5"):
        told = {"account": "p2", "chat": "p2", "latitude": latitude, "longitude": "1", "accuracy": "0"}
        assert demo.post("/chat/place", told).status == 400

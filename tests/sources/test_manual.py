"""One mention typed in by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.mention import Mention
from data.sources.manual import NotAMentionError, mention
from data.text import clean, clean_line
from tests.store.kit import NOON

BY = clean_line("anna")


def typed(link: str, text: str = "My pan peels") -> Mention:
    return mention(link, text, at=NOON, by=BY)


@pytest.mark.parametrize(
    ("link", "network", "native"),
    [
        ("https://x.com/ada/status/1599999999999999999?s=20", "x", "1599999999999999999"),
        ("https://mobile.twitter.com/ada/status/20/photo/1", "x", "20"),
        ("https://x.com/ada", "x", "https://x.com/ada"),
        (
            "https://bsky.app/profile/ada.example/post/3kab",
            "bluesky",
            "https://bsky.app/profile/ada.example/post/3kab",
        ),
        ("https://Harbour.Example/@ada/1138#top", "mastodon", "https://harbour.example/@ada/1138"),
        (
            "https://news.ycombinator.com/item?id=8863",
            "hackernews",
            "https://news.ycombinator.com/item?id=8863",
        ),
        ("http://notx.com/ada/status/20/", "web", "https://notx.com/ada/status/20"),
        ("https://evil.example/x.com/status/20", "web", "https://evil.example/x.com/status/20"),
    ],
)
def test_the_link_tells_network_and_id(link: str, network: str, native: str) -> None:
    found = typed(f"  {link} ")
    assert (found.network, found.id, found.url) == (network, native, link)
    assert found.created_at == NOON
    assert json.loads(found.extra or "") == {"entered_by": "anna"}


@pytest.mark.parametrize(
    "link",
    ["", "my pan peels", "x.com/ada/status/20", "file:///etc/passwd", "https://", "https://[", "https://a b"],
)
def test_what_is_no_link_is_told(link: str) -> None:
    with pytest.raises(NotAMentionError, match="paste its whole address"):
        typed(link)


@pytest.mark.parametrize("link", ["https://a.example/" + "x" * 600, "https://a.example/\x1b]0;owned\x07"])
def test_a_link_that_no_browser_gives_is_told(link: str) -> None:
    with pytest.raises(NotAMentionError, match="copy it from the address line"):
        typed(link)


@pytest.mark.parametrize("text", ["", " \n ", "\u200b"])
def test_a_mention_without_text_is_told(text: str) -> None:
    with pytest.raises(NotAMentionError, match="needs its text"):
        typed("https://x.com/ada/status/20", text)


@given(st.text(), st.text())
def test_whatever_is_typed_is_stored_clean_or_told(link: str, text: str) -> None:
    for address in (link, f"https://{link}", f"https://a.example/{link}"):
        try:
            found = typed(address, text)
        except NotAMentionError:
            continue
        assert found.text == clean(found.text)
        assert found.id == clean_line(found.id)

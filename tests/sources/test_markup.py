"""HTML of posts reads as on the network, and costs little however it is made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources.markup import MOST, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("no markup  at all ", "no markup  at all"),
        ("<p>Hello <b>you</b></p><p>second</p>", "Hello you\n\nsecond"),
        ("one<br>two<br/><br>three", "one\ntwo\n\nthree"),
        ("<p>a</p>tail", "a\n\ntail"),
        ("<ul><li>a<li>b</ul>after", "a\nb\nafter"),
        (
            '<p>see <a href="https://shop.example/long"><span class="invisible">https://</span>'
            '<span class="ellipsis">shop.example/lo</span><span class="invisible">ng</span></a></p>',
            "see https://shop.example/long",
        ),
        ("tea &amp; cake &lt;3 &#128512;", "tea & cake <3 \U0001f600"),
        ("<script>steal()</script><style>p{}</style>text", "text"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("a <img src=x alt='a cat'> b", "a a cat b"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "said\n\nso"),
        ("a\n\n   b\t<i> c</i>", "a b c"),
        ("", ""),
        ("<p></p>", ""),
        ("&#27;[31m red", "\x1b[31m red"),
    ],
)
def test_it_reads_as_on_the_network(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text(st.sampled_from("<>/pbdiv &;ax\n\"'=")) | st.text())
def test_nothing_breaks_it(html: str) -> None:
    assert isinstance(plain(html), str)


@pytest.mark.parametrize("piece", ['<a href="', "<div>", "<b>", "<p>", "<table><tr><td>", "</div>", "&amp;"])
def test_endless_markup_ends(piece: str) -> None:
    assert len(plain(piece * 60_000 + "end")) <= MOST

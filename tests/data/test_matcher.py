"""What a watch hears and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.matcher import Listener, Matcher, Terms, folded
from data.models.watch import Watch
from tests.store.kit import mention


@pytest.mark.parametrize(
    ("term", "heard", "not_heard"),
    [
        (
            "acme",
            ["Acme!", "#acme", "@Acme", "acme's", "ACME", "the acme-pan", "ácme"],
            ["acmeville", "placme"],
        ),
        ("#acme", ["so #Acme", "#acme."], ["acme", "##acme", "#acmeville", "a#acme"]),
        ("@acme", ["hi @acme"], ["acme", "@acme2", "mail@acme"]),
        ("acm*", ["acme", "acmeville", "#acm"], ["tacm"]),
        ("ember pan", ["Ember  pan", "ember\npan", "the ember pan!"], ["ember", "pan ember", "ember-pan"]),
        ("crème", ["creme brulee", "CRÈME"], ["cremes"]),
        ("日本", ["東日本大震災", "日本"], ["日 本"]),
        ("c++", ["C++ is", "c++"], ["c"]),
        ("straße", ["STRASSE", "straße"], ["strassen"]),
        ("ａｃｍｅ", ["acme"], []),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_term(term: str, heard: list[str], not_heard: list[str]) -> None:
    terms = Terms([term])
    assert [text for text in heard if not terms(text)] == []
    assert [text for text in not_heard if terms(text)] == []


@given(st.text(), st.lists(st.text(max_size=10), max_size=4))
def test_no_text_and_no_term_breaks_it(text: str, terms: list[str]) -> None:
    Matcher(Watch.model_validate({"terms": terms, "exclude": terms[:1]})).text(text, None, lang="xx")
    assert folded(folded(text)) == folded(text)


def watch(**fields: object) -> Matcher:
    return Matcher(Watch.model_validate(fields))


def test_what_is_left_out_unless_it_speaks_to_us() -> None:
    hears = watch(terms=["acme"], exclude=["cartoon"], own_accounts=["acmehelp"])
    assert hears.text("acme broke")
    assert not hears.text("the acme cartoon")
    assert hears.text("@AcmeHelp the acme cartoon made me do it")
    assert hears.text("@acmehelp where are you")
    assert not hears.text("acmehelp is a word")


def test_languages_and_posts_without_one() -> None:
    hears = watch(terms=["acme"], languages=["en", "pt-BR"])
    assert hears.text("acme", lang="en-GB")
    assert hears.text("acme", lang="pt")
    assert hears.text("acme", lang=None)
    assert not hears.text("acme", lang="de")


def test_a_link_counts_as_text() -> None:
    assert watch(terms=["acme"])(mention(1, text="see", url="https://shop.example/acme/pan"))


def test_several_watches_are_one_ear() -> None:
    ears = Listener([Watch.model_validate({"terms": t}) for t in (["acme", "#acme"], ["pan", "acme"])])
    assert ears.terms == ("acme", "#acme", "pan")
    assert ears(mention(1, text="a pan"))
    assert not ears(mention(1, text="a pot"))
    assert Listener(())(mention(1, text="anything"))
    assert Listener([Watch()])(mention(1, text="anything"))


def test_fancy_letters_are_read_as_plain_ones() -> None:
    assert watch(terms=["acme"]).text("𝐀𝐂𝐌𝐄 has done it again")
    assert watch(terms=["𝓐cme"]).text("acme")

"""Content negotiation and links as RFC 9110 and RFC 8288 have them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.headers import JSONLD_CONTEXT, choose_media, context_link, context_of_link, wants_plain_body
from stadtwerk.kernel.refusal import Refused

JSON, LD, GEO = "application/json", "application/ld+json", "application/geo+json"
OFFERED = (JSON, LD, GEO)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (LD, LD),
        ("application/geo+json, application/json", JSON),
        ("application/geo+json;q=0.9, application/ld+json;q=0.1", GEO),
        ("application/json;q=0, */*", LD),
        ("*/*;q=0.9, application/ld+json;q=0.8", JSON),
        ("application/ld+json;q=notanumber", LD),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("APPLICATION/GEO+JSON", GEO),
        ("application/ld+json;profile=x;q=1", LD),
    ],
)
def test_the_best_media_type_wins(accept: str, chosen: str) -> None:
    assert choose_media(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*, text/*", "nonsense"])
def test_what_is_not_offered_is_not_acceptable(accept: str) -> None:
    with pytest.raises(Refused) as refused:
        choose_media(accept, OFFERED)
    assert refused.value.refusal.status == 406


def test_links_name_a_context() -> None:
    assert context_of_link(context_link("https://x/c.jsonld")) == "https://x/c.jsonld"
    assert context_of_link(f'<a>; rel="next", <b>; rel="{JSONLD_CONTEXT}"; type="application/ld+json"') == "b"
    assert context_of_link(f"<b>;rel={JSONLD_CONTEXT}") == "b"
    assert context_of_link('<a>; rel="next"') is None


@pytest.mark.parametrize("link", ["nonsense", "<a", f'<a>;rel="{JSONLD_CONTEXT}",<b>;rel="{JSONLD_CONTEXT}"', "<a>x"])
def test_unreadable_links_are_refused(link: str) -> None:
    with pytest.raises(Refused) as refused:
        context_of_link(link)
    assert refused.value.refusal.status == 400


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_header_gives_an_answer_or_a_refusal(text: str) -> None:
    for read in (lambda: choose_media(text, OFFERED), lambda: context_of_link(text)):
        try:
            read()
        except Refused as refused:
            assert refused.refusal.status in (400, 406)


def test_prefer() -> None:
    assert wants_plain_body("body=json")
    assert wants_plain_body("wait=1, body=json")
    assert not wants_plain_body("body=ld+json")
    assert not wants_plain_body("")

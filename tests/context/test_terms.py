"""Contexts compile into tables that agree with the documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.context import library as library_module
from stadtwerk.context.library import CORE, CORE_URL, HOME, SMART_DATA_MODELS, Library, bundled_terms, document_bytes
from stadtwerk.context.terms import VOCAB, ContextError, Terms, compile_terms
from stadtwerk.kernel.refusal import Refused

SHARED = Path(__file__).parents[3] / "shared" / "data"
CORE_FILE = SHARED / "ngsi-ld" / CORE


def compiled(context: object) -> Terms:
    return compile_terms({"@context": context}, lambda url: None)


def test_core_terms_and_prefixes() -> None:
    terms = bundled_terms(CORE)
    assert terms.expand("location") == "https://uri.etsi.org/ngsi-ld/location"
    assert terms.expand("observedAt") == "https://uri.etsi.org/ngsi-ld/observedAt"
    assert terms.expand("geojson:bbox") == "https://purl.org/geojson/vocab#bbox"
    assert terms.expand("Lamp") == VOCAB + "Lamp"
    assert terms.expand("https://example.org/x") == "https://example.org/x"
    assert "id" not in terms.iris


def test_home_table_gives_smart_data_models_their_iris_and_keeps_the_core() -> None:
    terms = bundled_terms(HOME)
    assert terms.expand("powerState") == "https://smartdatamodels.org/dataModel.Streetlighting/powerState"
    assert terms.expand("status") == bundled_terms(CORE).expand("status")
    assert terms.expand("Streetlight") == VOCAB + "Streetlight"


def test_home_document_redefines_no_term_of_the_protected_core() -> None:
    ours, core_url = json.loads(document_bytes(HOME))["@context"]
    core = json.loads(document_bytes(CORE))["@context"]
    assert core_url == CORE_URL + CORE
    assert not set(ours) & set(core)


def test_compacting_undoes_expanding() -> None:
    terms = bundled_terms(HOME)
    for term in [*terms.iris, "Streetlight", "anything"]:
        assert terms.expand(terms.compact(terms.expand(term))) == terms.expand(term)
    assert terms.compact("https://example.org/x") == "https://example.org/x"


def test_a_term_that_means_something_else_is_no_name_for_the_default_vocabulary() -> None:
    terms = compiled({"status": "https://example.org/status"})
    assert terms.compact(VOCAB + "status") == VOCAB + "status"
    assert terms.compact(VOCAB + "other") == "other"


def test_bundled_core_is_the_published_one() -> None:
    if not CORE_FILE.exists():
        pytest.skip(f"{CORE_FILE} is not there")
    assert json.loads(CORE_FILE.read_bytes()) == json.loads(document_bytes(CORE))


WORDS = st.sampled_from(["a", "b", "ab", "speed", "id", "type", "location", "ngsi-ld", "x:y", "a:b", "@type"])
MEANINGS = st.one_of(
    st.sampled_from(
        [
            "https://x/",
            "https://x/a",
            "https://x/a#",
            "a:b",
            "b:",
            "ab",
            "ngsi-ld:speed",
            "ngsi-ld:location",
            VOCAB,
            VOCAB + "speed",
            "@id",
            None,
            3,
        ]
    ),
    st.builds(
        lambda iri, prefix: {"@id": iri, "@prefix": prefix}, st.sampled_from(["https://x/", "a:"]), st.booleans()
    ),
)
OBJECTS = st.dictionaries(st.one_of(WORDS, st.just("@vocab")), MEANINGS, max_size=6)


@given(st.lists(OBJECTS, max_size=3), st.lists(st.one_of(WORDS, MEANINGS), max_size=8))
def test_whatever_the_contexts_say_a_short_name_means_what_it_stands_for(
    contexts: list[object], names: list[Any]
) -> None:
    core = json.loads(document_bytes(CORE))["@context"]
    terms = compiled([*contexts, core])
    for name in [
        *terms.iris,
        *(f"{VOCAB}{name}" for name in names),
        *(name for name in names if isinstance(name, str)),
    ]:
        iri = terms.expand(name)
        short = terms.compact(iri)
        assert terms.expand(short) == iri
        assert short not in ("id", "type")
        assert terms.compact(iri) == short, "remembered, it is the same"
    for term, iri in bundled_terms(CORE).iris.items():
        assert (terms.expand(term), terms.compact(iri)) == (iri, bundled_terms(CORE).compact(iri)), "the core wins"


def test_a_name_with_a_prefix_comes_before_an_iri_and_after_a_term() -> None:
    core = json.loads(document_bytes(CORE))["@context"]
    terms = compiled(
        [{"speed": "https://x/speed", "x": "https://x/", "xy": "https://x/y/", "z": {"@id": "https://z/"}}, core]
    )
    assert terms.compact("https://x/speed") == "speed"
    assert terms.compact("https://x/other") == "x:other"
    assert terms.compact("https://x/y/z") == "xy:z", "the longest prefix"
    assert terms.compact("https://z/a") == "https://z/a", "written out, it is no prefix unless it says so"
    assert terms.compact(VOCAB + "speed") == "ngsi-ld:default-context/speed", "speed means something else here"
    assert terms.compact(VOCAB + "id") == "ngsi-ld:default-context/id", "id is a keyword"


def test_of_several_terms_for_an_iri_the_latest_and_shortest_is_preferred() -> None:
    terms = compiled([{"a": "https://x/1", "bb": "https://x/2"}, {"ccc": "https://x/1", "dd": "https://x/1"}])
    assert terms.compact("https://x/1") == "dd"
    assert terms.expand("a") == terms.expand("ccc")


def test_a_vocabulary_holds_for_the_terms_defined_under_it_and_the_default_for_all_others() -> None:
    terms = compiled([{"@vocab": "https://v/", "a": "A", "b": {"@type": "@id"}}, {"c": "a"}])
    assert [terms.expand(name) for name in ("a", "b", "c", "d")] == [
        "https://v/A",
        "https://v/b",
        "https://v/A",
        VOCAB + "d",
    ]


@pytest.mark.parametrize("context", [7, {"a": 1}, {"a": {"@id": 3}}, [["x:"]], None, {"a": "b:c", "b": "a:d"}])
def test_odd_contexts_end(context: object) -> None:
    try:
        compiled(context)
    except ContextError as error:
        assert str(error)


def test_a_circle_of_contexts_is_found() -> None:
    documents: dict[str, Any] = {"a": {"@context": "b"}, "b": {"@context": ["a"]}}
    with pytest.raises(ContextError, match="names itself"):
        compile_terms({"@context": "a"}, documents.get)


def test_an_unknown_context_in_a_document_is_told() -> None:
    with pytest.raises(ContextError, match="not bundled"):
        compiled("https://example.org/c.jsonld")


def test_library_knows_its_own_the_core_and_the_mirror() -> None:
    library = Library("https://city.example/")
    home = "https://city.example/ngsi-ld/v1/jsonldContexts/" + HOME
    assert library.find(home) is library.home
    assert library.find(None) is library.core
    assert library.find(None) == library.find(CORE_URL + CORE)
    assert library.find("http://other.example/ngsi-ld/v1/jsonldContexts/" + HOME).terms is library.home.terms
    assert library.find(SMART_DATA_MODELS[0]).url == SMART_DATA_MODELS[0]
    assert library.find(CORE_URL + "ngsi-ld-core-context-v1.6.jsonld").terms is bundled_terms(CORE)


def test_library_reads_files_under_their_urls(tmp_path: Path) -> None:
    url, lost, circle = "https://example.org/a.jsonld", "https://example.org/b.jsonld", "https://example.org/c.jsonld"
    (tmp_path / "a").write_text(json.dumps({"@context": [{"x": "https://x/x", "location": "https://x/y"}, circle]}))
    (tmp_path / "c").write_text(json.dumps({"@context": [{"y": "https://x/y"}, circle]}))
    library = Library("http://x", {url: tmp_path / "a", lost: tmp_path / "b", circle: tmp_path / "c"})
    for broken in (url, circle, lost):
        with pytest.raises(Refused):
            library.find(broken)
    (tmp_path / "c").write_text(json.dumps({"@context": {"y": "https://x/y"}}))
    found = library.find(url).terms
    assert (found.expand("x"), found.expand("y")) == ("https://x/x", "https://x/y")
    assert found.expand("location") == library.core.terms.expand("location"), "the core always wins"
    assert (library.uses[url].hits, library.uses[circle].hits) == (1, 0)
    assert lost not in library.uses


def test_an_inline_context_is_compiled_once_and_the_core_beside_it_says_nothing() -> None:
    library = Library("http://x")
    inline = {"x": "https://x/x"}
    assert library.of(inline) is library.of([inline]) is library.of([inline, CORE_URL + CORE])
    assert library.of(inline).terms.expand("x") == "https://x/x"
    assert library.of(CORE_URL + CORE) == library.of([CORE_URL + CORE]) == library.of([]) == library.core
    assert library.of(SMART_DATA_MODELS[0]) == library.of([SMART_DATA_MODELS[0], CORE_URL + CORE])


@pytest.mark.parametrize("url", ["", "http://[", "../etc/passwd", "/ngsi-ld/v1/jsonldContexts/x", "ftp://x/y"])
def test_a_context_is_named_by_an_absolute_url(url: str) -> None:
    with pytest.raises(Refused) as refused:
        Library("http://x").find(url)
    assert refused.value.refusal.type.endswith("BadRequestData")


@pytest.mark.parametrize("url", ["https://example.org/x.jsonld", CORE_URL + "core-non-existing.jsonld"])
def test_library_fetches_nothing(url: str) -> None:
    with pytest.raises(Refused) as refused:
        Library("http://x").find(url)
    assert refused.value.refusal.type.endswith("LdContextNotAvailable")
    assert refused.value.refusal.status == 504


def test_inline_contexts_stay_compiled_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    core = len(bundled_terms(CORE).iris)
    monkeypatch.setattr(library_module, "CONTEXTS_INLINE", 3)
    monkeypatch.setattr(library_module, "CONTEXTS_INLINE_TERMS", 4 * core)
    library = Library("http://x")
    first = library.of({"a0": "https://x/0"})
    for number in range(1, 4):
        library.of({f"a{number}": "https://x/"})
    assert library.of({"a3": "https://x/"}) is library.of({"a3": "https://x/"})
    assert library.written(first.url) is None, "the oldest gave way"
    assert library.of({"a0": "https://x/0"}) is not first
    large = {f"b{number}": "https://x/" for number in range(3 * core)}
    kept = library.of(large)
    assert library.of(large) is kept, "alone, whatever its size"
    assert library.written(first.url) is None
    with pytest.raises(Refused, match="host it"):
        library.of({"a": "x" * 300_000})

"""The @context documents of the city and those it knows by name; none is ever fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from stadtwerk.context.problems import problem
from stadtwerk.context.terms import ContextError, Document, Terms, compile_terms

CONTEXTS_PATH = "/ngsi-ld/v1/jsonldContexts/"
HOME = "stadtwerk.jsonld"
CORE = "ngsi-ld-core-context-v1.9.jsonld"
CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/"
CORE_NAMES = (
    "ngsi-ld-core-context.jsonld",
    *(f"ngsi-ld-core-context-v1.{minor}.jsonld" for minor in range(3, 10)),
)
"""Names of the core @context; the newest serves for all, since it only ever gained terms."""

SMART_DATA_MODELS = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Streetlighting/master/context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/data-models/master/context.jsonld",
    "https://smart-data-models.github.io/data-models/context.jsonld",
    "https://smartdatamodels.org/context.jsonld",
)
"""URLs under which the vocabulary of Smart Data Models is asked for; our own table answers."""


@dataclass(frozen=True, slots=True)
class Context:
    """An @context as a client names it, compiled."""

    url: str
    terms: Terms = field(compare=False)


@cache
def document_bytes(name: str) -> bytes:
    """Return a bundled document as it lies in the package."""
    return (files("stadtwerk.context.documents") / name).read_bytes()


def _bundled(url: str) -> Document | None:
    known: Document | None = None
    if url.startswith(CORE_URL) and url.removeprefix(CORE_URL) in CORE_NAMES:
        known = json.loads(document_bytes(CORE))
    return known


@cache
def bundled_terms(name: str) -> Terms:
    """Return the compiled table of a bundled document."""
    return compile_terms(json.loads(document_bytes(name)), _bundled)


class Library:
    """Finds the @context a request names."""

    def __init__(self, base_url: str) -> None:
        self.home = Context(base_url.rstrip("/") + CONTEXTS_PATH + HOME, bundled_terms(HOME))
        self._mirror = {url: bundled_terms(HOME) for url in SMART_DATA_MODELS}
        self._mirror |= {CORE_URL + name: bundled_terms(CORE) for name in CORE_NAMES}

    def urls(self) -> Mapping[str, str]:
        """Return local name -> URL of the documents served here."""
        return {HOME: self.home.url, CORE: CORE_URL + CORE}

    def find(self, url: str | None) -> Context:
        """Return the context of a URL, the city's own for none; refuses unknown ones at once (503)."""
        if url is None or url == self.home.url:
            return self.home
        terms = self._mirror.get(url)
        if terms is None:
            name = _path(url).removeprefix(CONTEXTS_PATH)
            if name not in self.urls():
                detail = f"{url[:200]} is not bundled, and nothing is fetched inside a request"
                raise problem("LdContextNotAvailable", detail)
            terms = bundled_terms(name)
        return Context(url, terms)

    def of(self, value: object) -> Context:
        """Return the context of an @context as it stands in a body: a URL, an object, or a list of them."""
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            return self.find(value)
        try:
            terms = compile_terms({"@context": [value, CORE_URL + CORE]}, self._document)
        except ContextError as error:
            raise problem("BadRequestData", f"@context: {error}") from error
        return Context(self.home.url, terms)

    def _document(self, url: str) -> Document | None:
        return _bundled(url)


def _path(url: str) -> str:
    """Return the path of a URL, empty when it is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""

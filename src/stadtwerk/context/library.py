"""The @context documents that travel with the city, and those it was given: none is ever fetched in here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec

from stadtwerk.context.limits import CONTEXTS_INLINE
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.terms import ContextError, ContextMissingError, Document, Terms, compile_terms
from stadtwerk.kernel.refusal import Refused

CONTEXTS_PATH = "/ngsi-ld/v1/jsonldContexts/"
HOME = "stadtwerk.jsonld"
CORE = "ngsi-ld-core-context-v1.9.jsonld"
CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/"
CORE_NAMES = (
    "ngsi-ld-core-context.jsonld",
    *(f"ngsi-ld-core-context-v1.{minor}.jsonld" for minor in range(3, 10)),
)
"""Names of the core @context; the newest serves for all, since it only ever gained terms."""
CORE_URLS = frozenset(CORE_URL + name for name in CORE_NAMES)

SMART_DATA_MODELS = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Streetlighting/master/context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/data-models/master/context.jsonld",
    "https://smart-data-models.github.io/data-models/context.jsonld",
    "https://smartdatamodels.org/context.jsonld",
)
"""URLs under which the vocabulary of Smart Data Models is asked for; our own table answers."""

NONE: Mapping[str, Path] = MappingProxyType({})
_key = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Context:
    """An @context as a client names it, compiled; `plain` is the core by itself, as who names none has it."""

    url: str
    terms: Terms = field(compare=False)
    plain: bool = field(default=False, compare=False)


@cache
def document_bytes(name: str) -> bytes:
    """Return a bundled document as it lies in the package."""
    return (files("stadtwerk.context.documents") / name).read_bytes()


@cache
def _bundled(name: str) -> Document:
    document: Document = json.loads(document_bytes(name))
    return document


@cache
def bundled_terms(name: str) -> Terms:
    """Return the compiled table of a bundled document."""
    return compile_terms(_bundled(name), lambda url: _bundled(CORE) if url in CORE_URLS else None)


class Library:
    """Finds the @context a request names: bundled documents, files (`mirror`, by URL), and what it was given since."""

    def __init__(self, base_url: str, mirror: Mapping[str, Path] = NONE) -> None:
        self._root = base_url.rstrip("/") + CONTEXTS_PATH
        self._core = _bundled(CORE)
        self.core = Context(CORE_URL + CORE, bundled_terms(CORE), plain=True)
        self.home = Context(self._root + HOME, bundled_terms(HOME))
        self._mirror: dict[str, Path] = {url: path for url, path in mirror.items() if url not in CORE_URLS}
        self._given: dict[str, Document] = {}
        """Documents handed in later, by URL: hosted ones and fetched ones."""
        self._inline: dict[bytes, Context] = {}
        self._known: dict[str, Context] = {}
        self.uses: dict[str, int] = {}
        """How often each document that lies elsewhere, or was given, was named; one inside another counts 0."""
        self.forget()

    def forget(self) -> None:
        """Compile anew what is named from now on; a document was taken away or changed."""
        self._inline.clear()
        self._known = {self.home.url: self.home}
        self._known |= {url: Context(url, self.core.terms, plain=True) for url in CORE_URLS}

    def urls(self) -> Mapping[str, str]:
        """Return local name -> URL of the documents served here."""
        return {HOME: self.home.url, CORE: CORE_URL + CORE}

    def url_of(self, local_id: str) -> str:
        """Return the URL under which a document of this broker is served."""
        return self._root + local_id

    def give(self, url: str, document: Document) -> None:
        """Take a document into the library: one hosted here, or fetched from elsewhere."""
        self._given[url] = document
        self.uses.setdefault(url, 0)
        self.forget()

    def drop(self, url: str) -> None:
        """Forget a document that was given or used; one of a file comes back when it is named again."""
        self._given.pop(url, None)
        self.uses.pop(url, None)
        self.forget()

    def find(self, url: str | None) -> Context:
        """Return the context of a URL, the core for none (clause 5.5.7); refuses unknown ones at once (504)."""
        if url is None:
            return self.core
        known = self._known.get(url)
        if known is None:
            known = self._find(url)
        if url in self.uses:
            self.uses[url] += 1
        return known

    def _find(self, url: str) -> Context:
        parts = _split(url)
        if parts is None:
            raise one_fault("@context", f"{url[:200]!r} is no absolute http or https URL")
        here = self.here(url)
        if here is not None and here != url:
            # Another host name of ours: as many as clients think of, so none of them is remembered.
            return Context(url, self.find(here).terms)
        document = self.document(url)
        if document is None:
            raise _unavailable(url)
        found = self._known[url] = Context(url, self._compile(document, url))
        self.uses.setdefault(url, 0)
        return found

    def is_ours(self, context: Context) -> bool:
        """Tell whether an @context is served here, where others may be unable to reach it."""
        return context.url.startswith(self._root)

    def here(self, url: str) -> str | None:
        """Return our own name of a URL that leads to a document served here, whatever host it names; else None."""
        parts = _split(url)
        if parts is None or not parts[1].startswith(CONTEXTS_PATH):
            return None
        ours = self._root + parts[1].removeprefix(CONTEXTS_PATH)
        return ours if ours == self.home.url or ours in self._given else None

    def of(self, value: object) -> Context:
        """Return the context of an @context as it stands in a body: a URL, an object, or a list of them.

        The core always comes last and wins (clause 5.5.7), so naming it beside others says nothing.
        """
        if isinstance(value, list):
            value = [one for one in value if not (isinstance(one, str) and one in CORE_URLS)] or self.core.url
            if len(value) == 1:
                value = value[0]
        if isinstance(value, str):
            return self.find(value)
        key = _key(value)
        known = self._inline.get(key)
        if known is None:
            known = Context(self.url_of(sha256(key).hexdigest()[:32]), self._compile({"@context": value}, ""))
            while len(self._inline) >= CONTEXTS_INLINE:
                self._inline.pop(next(iter(self._inline)))
            self._inline[key] = known
        return known

    def document(self, url: str) -> Document | None:
        """Return the document of a URL, None if it is not here."""
        if url in CORE_URLS:
            return self._core
        if url == self.home.url:
            return _bundled(HOME)
        known = self._given.get(self.here(url) or url)
        if known is not None:
            return known
        if url in SMART_DATA_MODELS:
            return _bundled(HOME)
        path = self._mirror.get(url)
        return None if path is None else _read(url, path)

    def _compile(self, document: Document, url: str) -> Terms:
        try:
            return compile_terms({"@context": [document.get("@context"), self.core.url]}, self._nested, seen=(url,))
        except ContextMissingError as missing:
            raise _unavailable(missing.url) from missing
        except ContextError as error:
            raise problem("BadRequestData", f"@context: {error}") from error

    def _nested(self, url: str) -> Document | None:
        document = self.document(url)
        if document is not None and url not in CORE_URLS and self.here(url) is None:
            self.uses.setdefault(url, 0)
        return document


def _unavailable(url: str) -> Refused:
    return problem("LdContextNotAvailable", f"{url[:200]} is not here, and nothing is fetched inside a request")


def _read(url: str, path: Path) -> Document:
    """Read a file of the mirror; one that cannot be read is as good as not there."""
    try:
        document: Any = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise problem("LdContextNotAvailable", f"the copy of {url[:200]} cannot be read") from error
    if not isinstance(document, dict):
        raise problem("LdContextNotAvailable", f"the copy of {url[:200]} is no JSON object")
    return document


def _split(url: str) -> tuple[str, str] | None:
    """Return host and path of an http URL, None when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.netloc, parts.path) if parts.scheme in ("http", "https") and parts.netloc else None

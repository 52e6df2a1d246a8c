"""The @context documents that travel with the city, and those it was given: none is ever fetched in here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec

from stadtwerk.context.limits import CONTEXT_INLINE_BYTES, CONTEXTS_INLINE, CONTEXTS_INLINE_TERMS
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.terms import ContextError, ContextMissingError, Document, Terms, compile_terms
from stadtwerk.kernel.refusal import Refused

CONTEXTS_PATH = "/ngsi-ld/v1/jsonldContexts/"
HOME = "stadtwerk.jsonld"
CORE = "ngsi-ld-core-context-v1.9.jsonld"
CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/"
CORE_NAMES = (
    "ngsi-ld-core-context.jsonld",
    *(f"ngsi-ld-core-context-v1.{minor}.jsonld" for minor in range(10)),
)
"""Names of the core @context; the newest serves for all, since it only ever gained terms."""
CORE_URLS = frozenset(root + name for root in (CORE_URL, CORE_URL.replace("https:", "http:")) for name in CORE_NAMES)

STREETLIGHTING = "https://raw.githubusercontent.com/smart-data-models/dataModel.Streetlighting/master/context.jsonld"
"""The subject context whose IRIs the city's own vocabulary has: our own table answers."""
SMART_DATA_MODELS = (
    "https://raw.githubusercontent.com/smart-data-models/data-models/master/context.jsonld",
    "https://smart-data-models.github.io/data-models/context.jsonld",
    "https://smartdatamodels.org/context.jsonld",
)
"""URLs of the merged context of Smart Data Models, which is bundled."""
MERGED = "smart-data-models.jsonld"
BUNDLED: Mapping[str, str] = MappingProxyType({STREETLIGHTING: HOME, **dict.fromkeys(SMART_DATA_MODELS, MERGED)})
"""Documents of others that travel with the city: URL to bundled file."""

NONE: Mapping[str, Path] = MappingProxyType({})
_key = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Context:
    """An @context as a client names it, compiled; `plain` is the core by itself, as who names none has it."""

    url: str
    terms: Terms = field(compare=False)
    plain: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Use:
    """How often a document was taken out of the library, and when last: microseconds UTC, 0 where nobody tells time."""

    since_us: int
    hits: int = 0
    last_us: int = 0


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

    def __init__(self, base_url: str, mirror: Mapping[str, Path] = NONE, now_us: Callable[[], int] = lambda: 0) -> None:
        self._root, self._now_us = base_url.rstrip("/") + CONTEXTS_PATH, now_us
        self._core = _bundled(CORE)
        self.core = Context(CORE_URL + CORE, bundled_terms(CORE), plain=True)
        self.home = Context(self._root + HOME, bundled_terms(HOME))
        self._mirror: dict[str, Path] = {url: path for url, path in mirror.items() if url not in CORE_URLS}
        self._given: dict[str, Document] = {}
        """Documents handed in later, by URL: hosted ones and fetched ones."""
        self._inline: dict[bytes, Context] = {}
        self._written: dict[str, Document] = {}
        """Documents of the inline contexts, by the URLs that these have here."""
        self._known: dict[str, Context] = {}
        self.uses: dict[str, Use] = {self.home.url: Use(now_us()), self.core.url: Use(now_us())}
        """What each document was used for that lies here or was used from elsewhere."""
        self.missing: Callable[[str], Refused | None] = lambda url: None
        """Told of each URL that was asked for and is not here; may know a better reason why."""
        self.forget()

    def forget(self) -> None:
        """Compile anew what is named from now on; a document was taken away or changed."""
        self._inline.clear()
        self._written.clear()
        self._known = {self.home.url: self.home}
        self._known |= {url: Context(url, self.core.terms, plain=True) for url in CORE_URLS}

    def local_id(self, url: str) -> str:
        """Return the last part of the path under which a document is found here."""
        if url == self.core.url:
            return CORE
        return url.removeprefix(self._root) if url.startswith(self._root) else _digest(url.encode())

    def written(self, url: str) -> Document | None:
        """Return the document of an @context that was written out in a body and still is remembered."""
        return self._written.get(url)

    def url_of(self, local_id: str) -> str:
        """Return the URL under which a document of this broker is served."""
        return self._root + local_id

    def give(self, url: str, document: Document, since_us: int = 0) -> None:
        """Take a document into the library: one hosted here, or fetched from elsewhere."""
        known = self._given.get(url)
        self._given[url] = document
        self.uses.setdefault(url, Use(since_us or self._now_us()))
        if known is not None and known != document:
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
        self.note(url)
        return known

    def note(self, url: str) -> None:
        """Count that a document was used or served."""
        use = self.uses.get(url)
        if use is not None:
            use.hits += 1
            use.last_us = self._now_us()

    def _find(self, url: str) -> Context:
        if _split(url) is None:
            raise one_fault("@context", f"{url[:200]!r} is no absolute http or https URL")
        here = self.here(url)
        if here is not None and here != url:
            # Another host name of ours: as many as clients think of, so none of them is remembered.
            return Context(url, self.find(here).terms)
        document = self.document(url)
        if document is None:
            raise self._unavailable(url)
        found = Context(url, self._compile(document, url))
        if url not in self._written:
            self._known[url] = found
            self.uses.setdefault(url, Use(self._now_us()))
        return found

    def is_ours(self, context: Context) -> bool:
        """Tell whether an @context is served here, where others may be unable to reach it."""
        return context.url.startswith(self._root)

    def is_fixed(self, url: str) -> bool:
        """Tell whether a document lies in a file, of the package or of the mirror, and so is never fetched."""
        return url in (self.home.url, self.core.url) or url in self._mirror or url in BUNDLED

    def here(self, url: str) -> str | None:
        """Return our own name of a URL that leads to a document served here, whatever host it names; else None."""
        parts = _split(url)
        if parts is None or not parts[1].startswith(CONTEXTS_PATH):
            return None
        ours = self._root + parts[1].removeprefix(CONTEXTS_PATH)
        return ours if ours == self.home.url or ours in self._given or ours in self._written else None

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
            if len(key) > CONTEXT_INLINE_BYTES:
                raise one_fault("@context", f"over {CONTEXT_INLINE_BYTES} bytes; host it at {CONTEXTS_PATH}")
            known = Context(self.url_of(_digest(key)), self.compile({"@context": value}))
            self._remember(key, known, {"@context": value})
        self.note(known.url)
        return known

    def _remember(self, key: bytes, context: Context, document: Document) -> None:
        """Keep an inline context compiled, as far as there is room: the oldest give way."""
        terms = len(context.terms.iris)
        room = CONTEXTS_INLINE_TERMS - sum(len(one.terms.iris) for one in self._inline.values())
        while self._inline and (len(self._inline) >= CONTEXTS_INLINE or terms > room):
            oldest = self._inline.pop(next(iter(self._inline)))
            self._written.pop(oldest.url, None)
            room += len(oldest.terms.iris)
        self._inline[key] = context
        self._written[context.url] = document

    def document(self, url: str) -> Document | None:
        """Return the document of a URL, None if it is not here."""
        if url in CORE_URLS:
            return self._core
        if url == self.home.url:
            return _bundled(HOME)
        known = self._given.get(url) or self._written.get(url)
        if known is not None:
            return known
        if url in self._mirror:
            return _read(url, self._mirror[url])
        return _bundled(BUNDLED[url]) if url in BUNDLED else None

    def compile(self, document: Document) -> Terms:
        """Compile a document that has no URL (yet); refuses it when it is wrong (400) or names unknown ones (504)."""
        return self._compile(document, "")

    def _compile(self, document: Document, url: str) -> Terms:
        try:
            return compile_terms({"@context": [document.get("@context"), self.core.url]}, self._nested, seen=(url,))
        except ContextMissingError as missing:
            raise self._unavailable(missing.url) from missing
        except ContextError as error:
            raise problem("BadRequestData", f"@context: {error}") from error

    def _nested(self, url: str) -> Document | None:
        here = self.here(url) or url
        document = self.document(here)
        if document is not None and url not in CORE_URLS and here not in self._written:
            self.uses.setdefault(here, Use(self._now_us()))
        return document

    def _unavailable(self, url: str) -> Refused:
        known = self.missing(url)
        if known is not None:
            return known
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


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:32]


def _split(url: str) -> tuple[str, str] | None:
    """Return host and path of an http URL, None when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.netloc, parts.path) if parts.scheme in ("http", "https") and parts.netloc else None

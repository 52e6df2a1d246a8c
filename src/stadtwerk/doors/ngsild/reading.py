"""The @context documents that travel with the city, to read (ETSI GS CIM 009 clause 5.13)."""

from __future__ import annotations

import msgspec

from stadtwerk.context.library import CONTEXTS_PATH, HOME, Library, document_bytes
from stadtwerk.context.params import Params
from stadtwerk.context.problems import problem
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked

CONTEXT_MEDIA = ("application/ld+json", "application/json")

_encode = msgspec.json.Encoder().encode


class Contexts:
    """Serves the @context documents that travel with the city (clause 5.13, to read)."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def list_all(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts."""
        media = asked.media(JSON_MEDIA)
        params = Params(asked.query_string, ("details", "kind"))
        details, kind = params.flag("details"), params.text("kind")
        if kind not in (None, "Hosted", "Cached", "ImplicitlyCreated"):
            params.fault("kind", "one of Hosted, Cached, ImplicitlyCreated")
        params.done()
        found = [entry for entry in map(self._entry, self._library.urls()) if kind in (None, entry["kind"])]
        return Answer(_encode(found if details else [entry["URL"] for entry in found]), media, [])

    async def serve(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts/{id}, the id being a local name or the URL of a bundled document."""
        media = asked.media(CONTEXT_MEDIA)
        params = Params(asked.query_string, ("details",))
        details = params.flag("details")
        params.done()
        wanted = asked.path_params["name"]
        for name, url in self._library.urls().items():
            if wanted in (name, url):
                body = _encode(self._entry(name)) if details else document_bytes(name)
                return Answer(body, media, [(b"cache-control", b"public, max-age=86400")])
        raise problem("ResourceNotFound", f"no @context {wanted[:200]}; see {CONTEXTS_PATH.rstrip('/')}")

    def _entry(self, name: str) -> dict[str, str]:
        return {
            "URL": self._library.urls()[name],
            "localId": name,
            "kind": "Hosted" if name == HOME else "Cached",
        }

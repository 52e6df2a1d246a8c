"""XML read safely: no document type, no entity of its own, nothing fetched, limits on size, depth and number."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from stadtwerk.engines.dmn.limits import DEPTH, ELEMENTS, MODEL_BYTES


class ModelError(ValueError):
    """A text that is no decision model, or one larger than allowed."""


@dataclass(slots=True)
class Element:
    """An XML element: names without prefixes, its text, its children."""

    name: str
    namespace: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *names: str) -> list[Element]:
        """Return the children of these names."""
        return [child for child in self.children if child.name in names]

    def first(self, *names: str) -> Element | None:
        """Return the first child of these names."""
        return next((child for child in self.children if child.name in names), None)

    def get(self, attribute: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(attribute, default)

    def text_of(self, name: str) -> str:
        """Return the text of a child, empty where there is none."""
        found = self.first(name)
        return found.text.strip() if found is not None else ""


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEPTH or self._count > ELEMENTS:
            raise ModelError("the document has more elements, or nests them deeper, than allowed")
        namespace, _, local = name.rpartition(" ")
        element = Element(local, namespace, {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def end(self, name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def text(self, data: str) -> None:
        if self._texts:
            self._texts[-1].append(data)


def _refuse_doctype(*_told: object) -> None:
    raise ModelError("a document type is not allowed")


def read_document(content: bytes) -> Element:
    """Return the root of a document; ModelError where it is not well-formed, too large, or brings a document type."""
    if len(content) > MODEL_BYTES:
        raise ModelError(f"the document has more than {MODEL_BYTES} bytes")
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = _Builder()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"the document is not well-formed XML: {error}") from None
    if builder.root is None:
        raise ModelError("the document is empty")
    return builder.root

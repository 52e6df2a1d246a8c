"""How an NGSI-LD door says no: the error types of ETSI GS CIM 009 clause 5.5.2 in the form of RFC 9457."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.kernel.refusal import Fault, Refusal, Refused

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"

STATUS = {
    "InvalidRequest": 400,
    "BadRequestData": 400,
    "TooComplexQuery": 403,
    "TooManyResults": 403,
    "ResourceNotFound": 404,
    "NonexistentTenant": 404,
    "AlreadyExists": 409,
    "Conflict": 409,
    "OperationNotSupported": 422,
    "LdContextNotAvailable": 504,
}
"""HTTP status of each error type (table 6.3.2-1)."""

TITLE = {
    "InvalidRequest": "The request is not well formed",
    "BadRequestData": "The request is well formed but wrong",
    "TooComplexQuery": "The query is too complex",
    "TooManyResults": "The page is too large",
    "ResourceNotFound": "There is no such thing",
    "NonexistentTenant": "There is no such tenant",
    "AlreadyExists": "It exists already",
    "Conflict": "Another context source holds it",
    "OperationNotSupported": "This city does not do that",
    "LdContextNotAvailable": "This @context is not known here",
}


def problem(kind: str, detail: str, faults: Sequence[Fault] = ()) -> Refused:
    """Make an error of a type, with what is wrong and all faults found."""
    return Refused(Refusal(ERRORS + kind, TITLE[kind], STATUS[kind], detail, tuple(faults)))


def bad_data(faults: Sequence[Fault]) -> Refused:
    """Refuse parameters whose values are wrong, naming every fault at once (400)."""
    return problem("BadRequestData", "; ".join(f"{fault.field}: {fault.detail}" for fault in faults), faults)


def one_fault(field: str, detail: str) -> Refused:
    """Refuse because of one parameter (400)."""
    return bad_data((Fault(field, detail),))


def too_complex(field: str, detail: str) -> Refused:
    """Refuse a query that would cost too much (403)."""
    return problem("TooComplexQuery", f"{field}: {detail}", (Fault(field, detail),))


def unsupported(field: str, detail: str) -> Refused:
    """Refuse what NGSI-LD knows but this door does not do (422)."""
    return problem("OperationNotSupported", f"{field}: {detail}", (Fault(field, detail),))


def http(status: int, title: str, detail: str = "") -> Refused:
    """Refuse for a reason of HTTP itself, which NGSI-LD gives no type (RFC 9457 section 4.2.1)."""
    return Refused(Refusal("about:blank", title, status, detail))


def denied(detail: str) -> Refused:
    """Refuse what a caller's rights do not open (403)."""
    return Refused(Refusal("urn:stadtwerk:problem:forbidden", "Your rights do not open this", 403, detail))

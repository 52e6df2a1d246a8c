"""The DMN TCK's cases, run once each: `python -m conformance.dmn.tck [FILE [FOLDER]]` writes them as the TCK does.

PYTHONPATH=src:tests; the models and cases are read from beside the project (`../shared/data/dmn-tck`, Apache-2.0).
"""

from __future__ import annotations

import csv
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from stadtwerk.engines.dmn import Decided, Engine, load
from stadtwerk.engines.feel.compare import equal
from stadtwerk.engines.feel.moments_text import read_datetime, read_temporal
from stadtwerk.engines.feel.values import Value

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "dmn-tck"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NOW = read_datetime("2026-11-27T08:00:00Z")


@dataclass(frozen=True)
class Case:
    """One result a case of the TCK wants: where it stands, whether it wants null, and how we did."""

    folder: str
    file: str
    test: str
    result: str
    null: bool
    good: bool
    detail: str

    @property
    def place(self) -> str:
        return f"{self.folder.rsplit('/', 1)[1]}/{self.test}/{self.result}"


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def children(element: ET.Element, *names: str) -> list[ET.Element]:
    return [child for child in element if local(child) in names]


def read_value(element: ET.Element) -> Value:
    """Read a value as the TCK writes it: a value, a list, or components."""
    if element.get(NIL) == "true":
        return None
    for child in element:
        if local(child) == "value":
            return read_simple(child)
        if local(child) == "list":
            return None if child.get(NIL) == "true" else [read_value(item) for item in children(child, "item")]
    return {child.get("name", ""): read_value(child) for child in children(element, "component")} or None


def read_simple(element: ET.Element) -> Value:
    if element.get(NIL) == "true":
        return None
    kind = element.get(TYPE, "xsd:string").rpartition(":")[2]
    text = element.text or ""
    if kind == "string":
        return text
    if kind == "boolean":
        return text.strip() == "true"
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        return Decimal(text.strip())
    return read_temporal(text.strip())


def near(wanted: Value, found: Value) -> bool:
    """Compare as the TCK's own runner does: numbers to eight digits behind the point, all else exactly."""
    if isinstance(wanted, Decimal) and isinstance(found, Decimal):
        return abs(wanted - found) < Decimal("1e-8")
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(near, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(near(value, found[key]) for key, value in wanted.items())
    return equal(wanted, found) is True


def run_test(engine: Engine, test: ET.Element, result: ET.Element) -> Decided:
    inputs = {node.get("name", ""): read_value(node) for node in children(test, "inputNode")}
    if test.get("type") in ("decisionService", "bkm"):
        decided = engine.call(test.get("invocableName", ""), inputs, NOW)
        name = result.get("name", "")
        several = isinstance(decided.value, dict) and name in decided.value  # a service of several decisions
        return replace(decided, value=decided.value[name]) if several else decided
    return engine.decide(result.get("name", ""), inputs, NOW)


def run_file(path: Path, engines: dict[str, Engine]) -> Iterator[Case]:
    root = ET.parse(path).getroot()  # noqa: S314 - the TCK's own file
    model = next(child.text or "" for child in root if local(child) == "modelName")
    if model not in engines:
        others = [other.read_bytes() for other in sorted(path.parent.glob("*.dmn")) if other.name != model]
        engines[model] = load((path.parent / model).read_bytes(), others)
    for test in children(root, "testCase"):
        for result in children(test, "resultNode"):
            expected = children(result, "expected")
            wanted = read_value(expected[0]) if expected else None
            null = wanted is None or result.get("errorResult") == "true"
            decided = run_test(engines[model], test, result)
            good = decided.value is None if null else near(wanted, decided.value)
            detail = "" if good else f"wanted {wanted!r}, found {decided.value!r}; {'; '.join(decided.reasons[:3])}"
            name = result.get("name", "")
            yield Case(
                f"{path.parent.parent.name}/{path.parent.name}", path.name, test.get("id", ""), name, null, good, detail
            )


def run_all(folder: Path = FOLDER) -> list[Case]:
    """Run every case of every folder."""
    found: list[Case] = []
    for place in sorted(folder.glob("compliance-level-*/*")):
        engines: dict[str, Engine] = {}
        for path in sorted(place.glob("*.xml")):
            found += run_file(path, engines)
    return found


def rows(cases: list[Case]) -> list[list[str]]:
    """Return the lines of `tck_results.csv`: folder, file, test, result, verdict, detail."""
    verdict = {True: "SUCCESS", False: "ERROR"}
    return [
        [one.folder, one.file.removesuffix(".xml"), one.test, one.result, verdict[one.good], one.detail]
        for one in cases
    ]


def main() -> None:
    """Write the results as CSV, and the totals to standard error."""
    given = sys.argv[1:]
    cases = run_all(Path(given[1]) if len(given) > 1 else FOLDER)
    with Path(given[0] if given else "/dev/stdout").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows(cases))
    wanted = [one for one in cases if not one.null]
    tests = {(one.file, one.test) for one in cases}
    red = {(one.file, one.test) for one in cases if not one.good}
    print(f"results: {sum(one.good for one in cases)} of {len(cases)}", file=sys.stderr)
    print(f"not null: {sum(one.good for one in wanted)} of {len(wanted)}", file=sys.stderr)
    print(f"cases, all their results good: {len(tests - red)} of {len(tests)}", file=sys.stderr)


if __name__ == "__main__":
    main()

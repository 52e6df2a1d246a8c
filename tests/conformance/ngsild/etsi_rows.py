"""Robot's output.xml as rows, one a case, and the tables made of them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from etsi_suite import TOP, family, group


@dataclass(frozen=True)
class Row:
    """How one case ended."""

    family: str
    file: str
    case: str
    passed: bool
    message: str

    @property
    def short(self) -> str:
        """Return the case's number, by which it is named in tables and gaps."""
        return self.case.split()[0]


def rows(output: Path) -> list[Row]:
    """Read the verdicts."""
    return [_row(suite, test) for suite, test in _tests(output)]


def _tests(output: Path) -> Iterator[tuple[str, ET.Element]]:
    root = ET.parse(output).getroot()  # noqa: S314 - robot has just written it
    for suite in root.iter("suite"):
        for test in suite.findall("test"):
            yield suite.get("source", ""), test


def _row(source: str, test: ET.Element) -> Row:
    name = source[source.index(TOP) :]
    status = test.find("status")
    assert status is not None
    message = " ".join((status.text or "").split())
    return Row(family(name), name, test.get("name", ""), status.get("status") == "PASS", message)


def traces(output: Path) -> Iterator[str]:
    """Tell for each red case what robot noted: requests, answers, differences."""
    for _, test in _tests(output):
        status = test.find("status")
        if status is not None and status.get("status") == "FAIL":
            yield f"\n== {test.get('name')}\n{status.text or ''}"
            for note in test.iter("msg"):
                if note.text and note.get("level") != "TRACE":
                    yield f"-- {note.text[:4000]}"


def table(found: Sequence[Row], *, everything: bool = False) -> str:
    """Lay out the red cases (or all) and the sums of each family."""
    shown = [row for row in found if everything or not row.passed]
    lines = [
        f"{'ok ' if row.passed else 'RED'} {row.file.removeprefix(TOP + '/')}  {row.case}\n      {row.message[:200]}"
        for row in shown
    ]
    total, passed = (
        Counter(group(row.family) for row in found),
        Counter(group(row.family) for row in found if row.passed),
    )
    lines += [f"{name:44} {passed[name]:5} of {total[name]:5}" for name in sorted(total)]
    lines.append(f"{'all':44} {passed.total():5} of {total.total():5}")
    return "\n".join(lines)


def write_json(found: Sequence[Row], path: Path) -> None:
    """Write the rows as a JSON array."""
    path.write_text(json.dumps([asdict(row) for row in found], indent=1), encoding="utf-8")


def write_csv(found: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["family", "file", "case", "passed", "message"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in found)

"""What the doctor finds: one thing each, in words, with what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from stadtwerk.app.doctor import words_de, words_en

OK, WARNING, ERROR = "ok", "warning", "error"
LEVELS = (OK, WARNING, ERROR)
"""From good to bad; the place in this list is the exit code."""
SIGNS = {OK: "✓", WARNING: "!", ERROR: "✗"}
_WORDS = {"de": words_de.WORDS, "en": words_en.WORDS}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: level, its code `check.what`, and the figures its words need."""

    level: str
    code: str
    facts: dict[str, Any]

    @property
    def check(self) -> str:
        """Return the name of the check."""
        return self.code.partition(".")[0]

    def words(self, lang: str) -> tuple[str, str]:
        """Return what is, and what to do (empty when nothing is to be done)."""
        says, _, advice = _WORDS[lang][self.code].partition(" -> ")
        return says.format(**self.facts), advice.format(**self.facts)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one visit."""

    findings: tuple[Finding, ...]

    @property
    def worst(self) -> str:
        """Return the worst level."""
        return max((finding.level for finding in self.findings), key=LEVELS.index, default=OK)

    @property
    def exit_code(self) -> int:
        """Return 0 when all is well, 1 with warnings, 2 with errors."""
        return LEVELS.index(self.worst)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Lay the report out as data."""
        rows = []
        for finding in self.findings:
            says, advice = finding.words(lang)
            told = {"check": finding.check, "level": finding.level, "code": finding.code, "finding": says}
            facts = {name: one if isinstance(one, (int, float)) else str(one) for name, one in finding.facts.items()}
            rows.append({**told, "advice": advice, "facts": facts})
        return {"status": self.worst, "findings": rows}

    def text(self, lang: str) -> str:
        """Lay the report out for people, the worst last: there the eye is."""
        lines = []
        for finding in sorted(self.findings, key=lambda one: LEVELS.index(one.level)):
            says, advice = finding.words(lang)
            lines.append(f"{SIGNS[finding.level]} {finding.check:12} {says}")
            if advice:
                lines.append(f"{'':15}→ {advice}")
        return "\n".join(lines)


def ok(code: str, **facts: Any) -> Finding:
    """Find that something is as it should be."""
    return Finding(OK, code, facts)


def warning(code: str, **facts: Any) -> Finding:
    """Find what should be looked after."""
    return Finding(WARNING, code, facts)


def error(code: str, **facts: Any) -> Finding:
    """Find what keeps the city from its work, or endangers what it keeps."""
    return Finding(ERROR, code, facts)


def report(findings: Iterable[Finding]) -> Report:
    """Gather findings."""
    return Report(tuple(findings))

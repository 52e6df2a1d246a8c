"""A preview in words for the terminal."""

from __future__ import annotations

from typing import Any

WIDTH = 24


def in_words(shown: dict[str, Any]) -> str:
    """Tell a preview (`Preview.as_dict`): counts, what each column becomes, first rows, doubts."""
    lines = [
        f"{shown['rows']} rows, {shown['taken']} lamps taken, {shown['left_out']} left out",
        f"{shown['encoding']}, {shown['delimiter']!r}, places in {shown['system']}",
        "",
    ]
    used = [entry for entry in shown["columns"] if entry["becomes"]]
    lines += [f"  {entry['column'][:WIDTH]:{WIDTH}} -> {entry['becomes']}" for entry in used]
    unused = [entry["column"] for entry in shown["columns"] if not entry["becomes"]]
    lines += [f"  not used: {', '.join(unused) or '-'}", f"  not told: {', '.join(shown['not_told']) or '-'}", ""]
    for row in shown["first"]:
        lines.append("  " + ", ".join(f"{field} {value}" for field, value in row["becomes"].items()))
    lines.append("")
    for doubt in shown["doubts"]:
        names = ", ".join(f"row {one['row']} {one['id']}".strip() for one in doubt["examples"])
        fate = "left out" if doubt["left_out"] else "kept"
        lines.append(f"  {doubt['lamps']:>7}  {doubt['kind']:{WIDTH}} {fate:9} {names}")
    return "\n".join(lines)

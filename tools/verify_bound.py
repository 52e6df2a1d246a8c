"""Check a lower bound of a street's light: verify_bound.py FILE; needs nothing but Python 3.10 and verify_light.py.

All light is calculated again lamp by lamp; weak duality then says which power no levels of the ring can go below by the
multipliers that FILE names, and its own levels are held against every demand.
"""

import json
import sys
from collections import defaultdict
from math import acos, ceil, cos, degrees, hypot, radians, sin, sqrt, tan
from math import atan2 as angle
from pathlib import Path
from typing import Any

from verify_light import BETAS, NEEDS, TANS, candela, digest, lamps, need, table_at

Weights = dict[int, float]


def shares(layout: Any, x: float, y: float, eye_y: float | None = None) -> dict[tuple[int, int], float]:
    """Return what each lamp (row, place) gives to a point: maintained lx, or cd/m2 for an eye 60 m before the field."""
    found: dict[tuple[int, int], float] = defaultdict(float)
    for row, lamp in lamps(layout, x, (5, 5 if eye_y is None else 12)):
        ahead, aside, high, share = lamp - x, row["y_m"] - y, row["height_m"], 0.0
        reach = hypot(ahead, aside) / high
        if eye_y is None:
            share = (1 + reach**2) ** -1.5 if reach * high <= 5 * high + 1e-9 else 0.0
        elif reach <= 12 + 1e-9 and abs(aside) <= 5 * high + 1e-9:
            between = abs(degrees(angle(aside, ahead) - angle(y - eye_y, x + 60)))
            share = table_at(layout["r"], (TANS, BETAS), (reach, min(between, 360 - between))) / 1e4
        place = round((lamp - row["offset_m"]) / layout["spacing_m"])
        found[row["number"], place] += candela(row, -ahead, -aside, high) * share / high**2 * layout["maintenance"]
    return found


def veils(layout: Any, x: float, y: float) -> dict[tuple[int, int], float]:
    """Return what each lamp (row, place), new, veils for an eye at x, y, cd/m2."""
    found: dict[tuple[int, int], float] = defaultdict(float)
    for row, lamp in lamps(layout, x, (0, 500), metres=True):
        dx, dy, dz = lamp - x, row["y_m"] - y, row["height_m"] - 1.5
        far = sqrt(dx * dx + dy * dy + dz * dz)
        sight = (dx * cos(radians(1)) - dz * sin(radians(1))) / far
        theta = degrees(acos(max(-1, min(1, sight))))
        if dx > 0 and dz <= tan(radians(20)) * dx + 1e-9 and 0.1 < theta <= 60:
            wide, near = 9.86 * (1 + (23 / 66.4) ** 4), 10 / theta + 5 * (1 + (23 / 62.5) ** 4)
            one = candela(row, -dx, -dy, dz) * sight / (far * theta) ** 2 * (wide if theta > 1.5 else near)
            found[row["number"], round((lamp - row["offset_m"]) / layout["spacing_m"])] += one
    return found


class Ring:
    """A street's light in its field 0, laid around n fields: points of each observer, eyes, edges, areas."""

    def __init__(self, layout: Any, fields: int) -> None:
        self.n, self.rows, self.mf = fields, len(layout["rows"]), layout["maintenance"]
        pitch, wide, count = layout["spacing_m"], layout["width_m"], layout["lanes"]
        steps, lane = 10 if pitch <= 30 else ceil(pitch / 3), wide / max(count, 1)
        self.xs = [(i + 0.5) * pitch / steps for i in range(steps)]
        back = [{**r, "y_m": wide - r["y_m"], "offset_m": -r["offset_m"] % pitch, "turn_deg": r["turn_deg"] + 180}
                for r in layout["rows"]]  # fmt: skip
        turns = [round((pitch - r["offset_m"] - b["offset_m"]) / pitch) for r, b in zip(layout["rows"], back)]  # noqa: B905
        self.seen: list[tuple[list[Any], list[Any], int, list[int] | None]] = []
        ways = [(layout, None), ({**layout, "rows": back}, turns)][: 1 + layout["two_way"]] if count else []
        for way, turn in ways:
            start = -2.75 * (max(row["height_m"] for row in way["rows"]) - 1.5)
            for k in range((count + 1) // 2 if layout["two_way"] else count):
                eye = (k + 0.5) * lane
                points = [shares(way, x, (j + 0.5) * lane / 3, eye) for j in range(3 * count) for x in self.xs]
                eyes = [veils(way, start + x - self.xs[0], eye) for x in self.xs]
                self.seen.append((points, eyes, 3 * k + 1, turn))

        def strip(start: float, width: float) -> list[Any]:
            lines = max(3, ceil(width / 1.5 - 1e-9))
            return [shares(layout, x, start + (j + 0.5) * width / lines) for j in range(lines) for x in self.xs]

        sides = ((-lane, 0.0), (wide, wide - lane)) if count else ()
        self.edges = [(strip(outer, lane), strip(inner, lane)) for outer, inner in sides]
        self.areas = {"carriageway": strip(0.0, wide)} if count else {}
        self.areas |= {one["name"]: strip(one["from_m"], one["width_m"]) for one in layout["strips"]}

    def at(self, field: int, light: Any, turn: list[int] | None = None, by: float = 1.0) -> Weights:
        """Return a point's weights in a field, by lamp of the ring."""
        found: Weights = defaultdict(float)
        for (row, place), value in light.items():
            number = place if turn is None else turn[row] - place
            found[row * self.n + (field + number) % self.n] += value * by
        return found

    def mean(self, field: int, lights: list[Any], turn: list[int] | None = None, by: float = 1.0) -> Weights:
        """Return the weights of the mean of points."""
        return added(*(self.at(field, light, turn, by / len(lights)) for light in lights))

    def row(self, one: Any, classes: dict[str, str]) -> tuple[Weights, float]:
        """Return (weights, least) of a demand that a bound names; refuses what no class of the field asks for."""
        kind, (f, *at), asked = one["kind"], one["at"], classes[one["area"]]
        least = needs_of(asked)[kind]
        if kind in ("mean_lux", "least_lux", "uniformity"):
            points = self.areas[one["area"]]
            weights = self.mean(f, points) if kind == "mean_lux" else self.at(f, points[at[0]])
            return (weights, least) if kind != "uniformity" else (added(weights, self.mean(f, points, by=-least)), 0.0)
        if kind == "edge_ratio":
            outer, inner = self.edges[at[0]]
            return added(self.mean(f, outer), self.mean(f, inner, by=-least)), 0.0
        points, eyes, _, turn = self.seen[at[0]]
        if kind == "mean_cd_m2":
            return self.mean(f, points, turn), least
        if kind == "glare_percent":
            touches = (one["least"] / (-least / 65 * 0.2)) ** 1.25
            mean = self.mean(f, points, turn, least / 65 * 0.8 * touches**-0.2 / self.mf)
            return added(mean, self.at(f, eyes[at[1]], turn, -1.0)), float(one["least"])
        other = self.mean(f, points, turn, -least) if kind == "overall" else self.at(f, points[at[2]], turn, -least)
        return added(self.at(f, points[at[1]], turn), other), 0.0

    def holds(self, field: int, classes: dict[str, str], levels: list[float]) -> None:
        """Need every demand of a field at levels, to one part in a million."""
        for area, asked in classes.items():
            needs = needs_of(asked)
            if asked[0] != "M":
                self._least(field, f"{area} {asked}", [dot(self.at(field, p), levels) for p in self.areas[area]], needs)
                continue
            for points, eyes, line, turn in self.seen:
                seen = [dot(self.at(field, p, turn), levels) for p in points]
                middle = seen[line * len(self.xs) : (line + 1) * len(self.xs)]
                veil = max(dot(self.at(field, eye, turn), levels) for eye in eyes)
                mean, word = sum(seen) / len(seen), f"field {field}, {asked}"
                need(mean >= needs["mean_cd_m2"] * (1 - 1e-6), f"{word}: mean {mean}")
                need(min(seen) >= needs["overall"] * mean * (1 - 1e-6), f"{word}: overall uniformity")
                need(min(middle) >= needs["longitudinal"] * max(middle) * (1 - 1e-6), f"{word}: longitudinal")
                need(65 * veil <= needs["glare_percent"] * (mean / self.mf) ** 0.8 * (1 + 1e-6), f"{word}: glare")
            for outer, inner in self.edges:
                out, inside = (dot(self.mean(field, side), levels) for side in (outer, inner))
                need(out >= needs["edge_ratio"] * inside * (1 - 1e-6), f"field {field}, {asked}: edge ratio")

    def _least(self, field: int, word: str, lux: list[float], needs: dict[str, float]) -> None:
        mean = sum(lux) / len(lux)
        need(mean >= needs["mean_lux"] * (1 - 1e-6), f"field {field}, {word}: mean {mean}")
        floor = needs["least_lux"] if "least_lux" in needs else needs["uniformity"] * mean
        need(min(lux) >= floor * (1 - 1e-6), f"field {field}, {word}: least {min(lux)}")


def needs_of(asked: str) -> dict[str, float]:
    """Return what a class demands, by quantity; `M4:M6:0.2` is M4 a fifth of the time: light by its mean."""
    full, low, share = (*asked.split(":"), asked, "0")[:3] if ":" in asked else (asked, asked, "0")
    most, least = ({n: float(v[int(c[1]) - (c[0] != "C")]) for n, v in NEEDS[c[0]]} for c in (full, low))
    by = {name: float(share) if name.split("_")[0] in ("mean", "least") else 0.0 for name in least}
    need(all(0 <= one <= 1 for one in by.values()), "a share is not between 0 and 1")
    return {name: by[name] * most[name] + (1 - by[name]) * least[name] for name in least}


def added(*parts: Weights) -> Weights:
    """Add weights."""
    found: Weights = defaultdict(float)
    for part in parts:
        for lamp, value in part.items():
            found[lamp] += value
    return found


def dot(weights: Weights, levels: list[float]) -> float:
    """Return the light at levels."""
    return sum(value * levels[lamp] for lamp, value in weights.items())


def check(one: Any) -> tuple[float, float]:
    """Return the power planned and the bound, both calculated again, W."""
    need(digest({k: v for k, v in one.items() if k != "seal"}, one["before"]) == one["seal"], "not what was sealed")
    lights, surfaces = (one["materials"][kind] for kind in ("photometries", "surfaces"))
    need(all(digest(it) == mark for kind in (lights, surfaces) for mark, it in kind.items()), "a material is changed")
    layout, power, levels, fields = one["layout"], one["power_w"], one["levels"], one["fields"]
    rows = [{**row, "light": lights[row["photometry"]], "number": k} for k, row in enumerate(layout["rows"])]
    ring = Ring({**layout, "r": surfaces[layout["surface"]]["r"], "rows": rows}, len(fields))
    true = [row["light"]["power_w"] or 1.0 for row in rows for _ in fields]
    need(power == true and len(levels) == len(power), "powers are not those of the lamps")
    tops = [k not in one.get("failed", ()) for k in range(len(levels))]
    need(all(0 <= level <= top for level, top in zip(levels, tops)), "a level that its lamp cannot have")  # noqa: B905
    reduced, constant = list(power), 0.0
    for row in one["rows"]:
        need(row["y"] >= 0, "a multiplier is negative")
        weights, least = ring.row(row, fields[row["at"][0]])
        constant += row["y"] * least
        for lamp, value in weights.items():
            reduced[lamp] -= row["y"] * value
    for field, classes in enumerate(fields):
        ring.holds(field, classes, levels)
    constant += sum(min(0.0, reduced[k]) for k, top in enumerate(tops) if top)
    return sum(map(float.__mul__, power, levels)), constant


def main(arguments: list[str]) -> int:
    """Check the bound named and say what is true; 0 if all is well."""
    try:
        one = json.loads(Path(arguments[0]).read_text("utf-8"))
        planned, bound = check(one)
        need(abs(planned - one["planned_w"]) <= 1e-6 * planned, f"the levels take {planned} W")
        need(one["bound_w"] <= bound + 1e-6 * planned, f"only {bound} W are proven")
    except (ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError, AttributeError) as error:
        print(f"BAD: {type(error).__name__}: {error}")
        return 1
    print(f"good: {planned:.3f} W planned, at least {bound:.3f} W needed, gap {planned - bound:.2e} W")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

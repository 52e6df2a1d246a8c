"""Calculate certificates of street light again: verify_light.py CHAIN [SEAL [N]]; needs nothing but Python 3.10.

CHAIN has the materials on its first line and a certificate on each further one, or is one JSON object with both. Every
Nth is calculated again (EN 13201-2, -3, -5:2015). Only the last SEAL, learnt from elsewhere, shows a cut chain.
"""

import hashlib
import json
import sys
from bisect import bisect
from collections.abc import Iterator
from math import acos, atan2, ceil, cos, degrees, floor, hypot, radians, sin, sqrt, tan
from pathlib import Path
from typing import Any

NEEDS: dict[str, list[tuple[str, tuple[float, ...]]]] = {
    "M": [("mean_cd_m2", (2, 1.5, 1, 0.75, 0.5, 0.3)), ("overall", (0.4,) * 4 + (0.35,) * 2),
          ("longitudinal", (0.7, 0.7, 0.6, 0.6, 0.4, 0.4)), ("glare_percent", (10, 10, 15, 15, 15, 20)),
          ("edge_ratio", (0.35,) * 2 + (0.3,) * 4)],
    "C": [("mean_lux", (50, 30, 20, 15, 10, 7.5)), ("uniformity", (0.4,) * 6)],
    "P": [("mean_lux", (15, 10, 7.5, 5, 3, 2)), ("least_lux", (3, 2, 1.5, 1, 0.6, 0.4))],
}  # fmt: skip
BETAS = [0, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180]
TANS = [i / 4 for i in range(8)] + [2 + i / 2 for i in range(21)]


def need(good: bool, words: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Go on only if something holds."""
    if not good:
        raise ValueError(words)


def digest(value: Any, before: str = "") -> str:
    """Return the mark of a value, or its seal after another one."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()


def table_at(rows: Any, axes: Any, at: Any) -> float:
    """Look up a table between its lines, linear in both directions."""
    i, j = (max(bisect(axis, value, hi=len(axis) - 1) - 1, 0) for axis, value in zip(axes, at, strict=True))
    s, t = (min(max((v - a[k]) / (a[k + 1] - a[k]), 0), 1) for a, v, k in zip(axes, at, (i, j), strict=True))
    near, far = (row[j] * (1 - t) + row[j + 1] * t for row in (rows[i], rows[i + 1]))
    return float(near * (1 - s) + far * s)


def candela(row: Any, dx: float, dy: float, drop: float) -> float:
    """Return what a luminaire sends towards a point dx, dy away and drop below it."""
    light, turn, lift = row["light"], radians(row["turn_deg"]), radians(row["tilt_deg"])
    u, across = dx * cos(turn) + dy * sin(turn), dy * cos(turn) - dx * sin(turn)
    v, down = across * cos(lift) - drop * sin(lift), across * sin(lift) + drop * cos(lift)
    c, gamma = degrees(atan2(v, u)) % 360, degrees(atan2(hypot(u, v), down))
    known = light["gamma_deg"][0] - 1e-9 <= gamma <= light["gamma_deg"][-1] + 1e-9
    per_klm = table_at(light["cd_per_klm"], (light["c_deg"], light["gamma_deg"]), (c, gamma))
    return float(per_klm * light["flux_lm"] / 1000 * row["level"]) if known else 0.0


def lamps(layout: Any, x: float, windows: tuple[float, float], *, metres: bool = False) -> Iterator[tuple[Any, float]]:
    """Give each lamp from so many heights (or metres) before x to so many beyond: its row and place."""
    pitch = layout["spacing_m"]
    for row in layout["rows"]:
        unit, shift = 1 if metres else row["height_m"], row["offset_m"]
        first, last = (x - windows[0] * unit - shift) / pitch, (x + windows[1] * unit - shift) / pitch
        for k in range(ceil(first - 1e-9), floor(last + 1e-9) + 1):
            yield row, shift + k * pitch


def light_at(layout: Any, x: float, y: float, eye_y: float | None = None) -> float:
    """Return a point's maintained illuminance, or its luminance for an eye 60 m before the field."""
    total = 0.0
    for row, lamp in lamps(layout, x, (5, 5 if eye_y is None else 12)):
        ahead, aside, high, share = lamp - x, row["y_m"] - y, row["height_m"], 0.0
        reach = hypot(ahead, aside) / high
        if eye_y is None:
            share = (1 + reach**2) ** -1.5 if reach * high <= 5 * high + 1e-9 else 0.0
        elif reach <= 12 + 1e-9 and abs(aside) <= 5 * high + 1e-9:
            between = abs(degrees(atan2(aside, ahead) - atan2(y - eye_y, x + 60)))
            share = table_at(layout["r"], (TANS, BETAS), (reach, min(between, 360 - between))) / 1e4
        total += candela(row, -ahead, -aside, high) * share / high**2
    return float(total * layout["maintenance"])


def veil(layout: Any, x: float, y: float) -> float:
    """Return the veiling luminance of new lamps for an eye at x, y."""
    total = 0.0
    for row, lamp in lamps(layout, x, (0, 500), metres=True):
        dx, dy, dz = lamp - x, row["y_m"] - y, row["height_m"] - 1.5
        far = sqrt(dx * dx + dy * dy + dz * dz)
        sight = (dx * cos(radians(1)) - dz * sin(radians(1))) / far
        theta = degrees(acos(max(-1, min(1, sight))))
        if dx > 0 and dz <= tan(radians(20)) * dx + 1e-9 and 0.1 < theta <= 60:
            wide, near = 9.86 * (1 + (23 / 66.4) ** 4), 10 / theta + 5 * (1 + (23 / 62.5) ** 4)
            total += candela(row, -dx, -dy, dz) * sight / (far * theta) ** 2 * (wide if theta > 1.5 else near)
    return total


def lanes_of(layout: Any, xs: list[float]) -> Iterator[dict[str, float]]:
    """Calculate every lane of one direction."""
    count, wide = layout["lanes"], layout["width_m"] / layout["lanes"]
    start = -2.75 * (max(row["height_m"] for row in layout["rows"]) - 1.5)
    for lane in range((count + 1) // 2 if layout["two_way"] else count):
        eye = (lane + 0.5) * wide
        seen = [[light_at(layout, x, (k + 0.5) * wide / 3, eye) for x in xs] for k in range(3 * count)]
        mean, middle = sum(map(sum, seen)) / (3 * count * len(xs)), seen[3 * lane + 1]
        worst, new = max(veil(layout, start + x - xs[0], eye) for x in xs), mean / layout["maintenance"]
        glare = (1e9 if worst else 0) if not new else 65 * worst / new**0.8 if new <= 5 else 95 * worst / new**1.05
        yield {"mean_cd_m2": mean, "overall": min(map(min, seen)) / mean if mean else 0, "glare_percent": glare,
               "longitudinal": min(middle) / max(middle) if max(middle) else 0}  # fmt: skip


def delivered(layout: Any, *, by_luminance: bool) -> Any:
    """Calculate what a layout delivers."""
    pitch, wide, rows = layout["spacing_m"], layout["width_m"], layout["rows"]
    n, lane = 10 if pitch <= 30 else ceil(pitch / 3), wide / max(layout["lanes"], 1)
    xs = [(i + 0.5) * pitch / n for i in range(n)]

    def grid(start: float, width: float) -> list[float]:
        lines = max(3, ceil(width / 1.5 - 1e-9))
        return [light_at(layout, x, start + (k + 0.5) * width / lines) for k in range(lines) for x in xs]

    areas = [("carriageway", 0.0, wide)] if layout["lanes"] else []
    areas += [(strip["name"], strip["from_m"], strip["width_m"]) for strip in layout["strips"]]
    light = {name: grid(start, width) for name, start, width in areas}
    sides = [(sum(grid(out, lane)), sum(grid(edge, lane))) for out, edge in ((-lane, 0.0), (wide, wide - lane))]
    lit = sum(sum(light[name]) / len(light[name]) * width * pitch for name, _, width in areas)
    known = lit > 0 and all(row["light"]["power_w"] for row in rows)
    back = [{**r, "y_m": wide - r["y_m"], "offset_m": -r["offset_m"], "turn_deg": r["turn_deg"] + 180} for r in rows]
    ways = [layout, {**layout, "rows": back}][: 1 + layout["two_way"]] if by_luminance and layout["lanes"] else []
    return {
        "lanes": [seen for way in ways for seen in lanes_of(way, xs)],
        "edge_ratio": min(out / edge if edge else 0.0 for out, edge in sides) if layout["lanes"] else None,
        "areas": {name: {"mean_lux": sum(g) / len(g), "least_lux": min(g)} for name, g in light.items()},
        "power_density_w_lx_m2": sum(row["light"]["power_w"] * row["level"] for row in rows) / lit if known else None,
    }


def verdict(found: Any, area: str, wanted: str) -> dict[str, Any]:
    """Judge an area by what was calculated."""
    here, needs = found["areas"][area], NEEDS[wanted[0]]
    have = {**here, "uniformity": here["least_lux"] / here["mean_lux"] if here["mean_lux"] else 0.0}
    if wanted[0] == "M":
        worst = {q: (max if q[0] == "g" else min)(lane[q] for lane in found["lanes"]) for q, _ in needs[:4]}
        have = {**worst, "edge_ratio": found["edge_ratio"]}
    shares = {f"{wanted[0]}{k + (wanted[0] != 'C')}": [(have[q] - row[k]) / row[k] * (-1 if q[0] == "g" else 1)
              for q, row in needs] for k in range(6)}  # fmt: skip
    good = [name for name, margins in shares.items() if min(margins) >= 0]
    lines = [(q, row[list(shares).index(wanted)]) for q, row in needs]
    demands = [{"quantity": q, "bound": "at_most" if q[0] == "g" else "at_least", "required": float(bound),
                "delivered": have[q], "margin": m} for (q, bound), m in zip(lines, shares[wanted])]  # noqa: B905  # fmt: skip
    least = max(b / have[q] for q, b in lines if q[-2:] in ("m2", "ux")) if wanted in good else None
    return {"area": area, "required": wanted, "delivered": (good or [""])[0], "met": wanted in good, "demands": demands,
            "over_lit": wanted[0] == "P" and have["mean_lux"] > 1.5 * lines[0][1], "lowest_level": least}  # fmt: skip


def flat(value: Any, place: str) -> dict[str, Any]:
    """List the leaves of a value by place."""
    if not isinstance(value, dict | list):
        return {place: value}
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return {at: leaf for key, one in inner for at, leaf in flat(one, f"{place}.{key}").items()}


def check(text: str, sample: int) -> tuple[int, str]:
    """Check a chain; returns how many certificates it has and the last seal."""
    first, *chain = map(json.loads, text.splitlines()) if "\n{" in text else [o := json.loads(text), *o["certificates"]]
    lights, surfaces, seal = *(first["materials"][kind] for kind in ("photometries", "surfaces")), chain[0]["before"]
    need(all(digest(one) == mark for kind in (lights, surfaces) for mark, one in kind.items()), "a material is changed")
    for number, one in enumerate(chain, chain[0]["number"]):
        need((one["number"], one["before"]) == (number, seal), f"certificate {number} does not follow the one before")
        seal = digest({key: value for key, value in one.items() if key != "seal"}, seal)
        need(seal == one["seal"], f"certificate {number} is not what was sealed")
    for one in chain[::sample]:
        at, layout = f"certificate {one['number']}", one["layout"]
        layout = {**layout, "r": surfaces[layout["surface"]]["r"],
                  "rows": [{**row, "light": lights[row["photometry"]]} for row in layout["rows"]]}  # fmt: skip
        found = delivered(layout, by_luminance=any(name[0] == "M" for name in one["classes"].values()))
        verdicts = [verdict(found, area, one["classes"][area]) for area in found["areas"] if area in one["classes"]]
        said, true = flat([one["delivered"], one["verdicts"]], ""), flat([found, verdicts], "")
        need(said.keys() == true.keys() and len(verdicts) == len(one["classes"]), f"{at}: lacks or adds something")
        for place, is_ in true.items():
            near = isinstance(is_, float) and abs(said[place] - is_) <= max(1e-5 * abs(is_), 1e-7)
            need(near or (type(said[place]), said[place]) == (type(is_), is_), f"{at}: {place} is {is_}")
    return number, seal


def main(arguments: list[str]) -> int:
    """Check the chain named and say what is true; 0 if all is well."""
    try:
        chain, head, sample = [*arguments, *("", "1")[len(arguments) - 1 :]]
        number, seal = check(Path(chain).read_text("utf-8"), int(sample))
        need(head in ("", seal), "the chain does not end with the seal that was published")
    except (ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError, AttributeError) as error:
        print(f"BAD: {type(error).__name__}: {error}")
        return 1
    print(f"good: certificates up to number {number}, head {seal}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One published figure: our number beside a peer's or a bound, from the same run."""

from __future__ import annotations

import json
import sys


def publish(name: str, value: float, unit: str, *, peer: str, peer_value: float) -> None:
    """Print a figure, for people or as JSON when `--json` is among the arguments."""
    ratio = value / peer_value if peer_value else float("nan")
    if "--json" in sys.argv:
        row = {
            "name": name,
            "value": value,
            "unit": unit,
            "peer": peer,
            "peer_value": peer_value,
            "ratio": ratio,
        }
        print(json.dumps(row), flush=True)
    else:
        print(f"{name}: {value:,.4g} {unit}   beside {peer}: {peer_value:,.4g}   ratio {ratio:.3g}", flush=True)

"""`./dev bench [NAME] [--json]`: measures the figures we publish, each beside a peer's or a bound."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def benches() -> dict[str, Path]:
    """Return the benchmarks by name; files that only help others have no main."""
    files = sorted((ROOT / "bench").glob("*.py"))
    return {path.stem: path for path in files if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")}


def main() -> int:
    """Run one benchmark or all, one after the other; further options go to each."""
    known, given = benches(), sys.argv[1:]
    names = [given.pop(0)] if given and not given[0].startswith("-") else list(known)
    unknown = [name for name in names if name not in known]
    if unknown or "--help" in given:
        print(f"./dev bench [NAME] [--json]   names: {', '.join(known)}", file=sys.stderr)
        return 2 if unknown else 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    codes = [
        subprocess.run([sys.executable, known[name], *given], cwd=ROOT, env=environment, check=False).returncode
        for name in names
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())

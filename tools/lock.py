"""`./dev lock [--upgrade]`: pins what requirements/*.in ask for, with hashes and without any registry's address."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OPTIONS = ("--universal", "--generate-hashes", "--no-header", "--no-emit-index-url", "--python-version", "3.11")


def main() -> int:
    """Write requirements/*.lock anew; what is pinned stays so unless told `--upgrade`."""
    own = ROOT / ".tools" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if not uv:
        print("uv is neither in .tools nor on the PATH", file=sys.stderr)
        return 1
    codes = []
    for wanted in sorted((ROOT / "requirements").glob("*.in")):
        name = wanted.relative_to(ROOT)
        command: list[str | Path] = [
            uv,
            "pip",
            "compile",
            "--quiet",
            *OPTIONS,
            *sys.argv[1:],
            "-o",
            name.with_suffix(".lock"),
            name,
        ]
        codes.append(subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode)
        print(f"{name.with_suffix('.lock')}: {'failed' if codes[-1] else 'written'}")
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())

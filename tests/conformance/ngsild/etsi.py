"""`python tests/conformance/ngsild/etsi.py --suite FOLDER --url URL`: asks the ETSI NGSI-LD suite about a broker.

Whoever tests beside others takes an `--offset` of their own (mock servers' ports) and a broker of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

from etsi_robot import Wish, run
from etsi_rows import rows, table, traces, write_csv, write_json
from etsi_suite import CACHE, FURTHER, TOP, family, mirror, selected, working_copy


def options() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="etsi.py", description=__doc__)
    parser.add_argument("--suite", type=Path, required=True, help="a git checkout of the suite")
    parser.add_argument("--url", default="http://127.0.0.1:9090/ngsi-ld/v1", help="the broker, /ngsi-ld/v1 included")
    parser.add_argument("--family", nargs="*", default=[], help="e.g. Provision/Entities Subscription; see --list")
    parser.add_argument("--file", nargs="*", default=[], help="e.g. 019_03 or '019_*' or a path")
    parser.add_argument("--case", nargs="*", default=[], help="a name or glob, e.g. '001_01_0?*'")
    parser.add_argument("--offset", type=int, default=0, help="shifts the ports 8085-8087; take steps of 10")
    parser.add_argument("--out", type=Path, help="folder for robot's output, else one in .cache/etsi/out")
    parser.add_argument("--json", type=Path, help="write all rows here")
    parser.add_argument("--csv", type=Path, help="write all rows here")
    parser.add_argument("--mirror", type=Path, help="only write the map @context URL -> file here (JSON)")
    parser.add_argument("--dry", action="store_true", help="ask nothing: let robot only count and resolve the cases")
    parser.add_argument("--list", action="store_true", help="only list families and files")
    parser.add_argument("--all", action="store_true", help="show green cases in the table, too")
    parser.add_argument("--trace", action="store_true", help="show requests, answers and differences of red cases")
    parser.add_argument("--verbose", action="store_true", help="show what robot says while it runs")
    return parser


def wished(names: list[str], families: list[str], files: list[str]) -> tuple[str, ...]:
    """Choose robot files: of any of the families (and what lies below), whose name fits any of the patterns."""
    chosen = [
        name
        for name in names
        if not families
        or any((family(name) + "/").startswith(one.removeprefix(TOP).strip("/") + "/") for one in families)
    ]
    return tuple(name for name in chosen if not files or any(_fits(name, pattern) for pattern in files))


def _fits(name: str, pattern: str) -> bool:
    plain = pattern.removesuffix(".robot")
    return fnmatch(Path(name).stem, plain) or fnmatch(name.removesuffix(".robot"), "*" + plain)


def main() -> int:
    """Run what is asked for; 0 if all of it is green."""
    asked = options().parse_args()
    copy = working_copy(asked.suite)
    if asked.mirror:
        asked.mirror.write_text(json.dumps({url: str(path) for url, path in mirror(copy).items()}, indent=1))
        return 0
    files = wished(
        [*selected(asked.suite), *FURTHER],
        [name.removeprefix("ContextInformation/") for name in asked.family],
        asked.file,
    )
    if asked.list or not files:
        print("\n".join(f"{family(name):70} {Path(name).name}" for name in files) or "no such family or file")
        return 0 if files else 1
    out = (asked.out or CACHE / "out" / f"{time.strftime('%H%M%S')}-{asked.offset}").absolute()
    output = run(
        copy,
        Wish(asked.url.rstrip("/"), files, tuple(asked.case), asked.offset),
        out,
        verbose=asked.verbose,
        dry=asked.dry,
    )
    if not output.exists():
        print(f"robot wrote no output, see {out}", file=sys.stderr)
        return 2
    found = rows(output)
    if asked.trace:
        print("\n".join(traces(output)))
    print(table(found, everything=asked.all))
    print(f"robot's own words: {out}")
    for path, write in ((asked.json, write_json), (asked.csv, write_csv)):
        if path:
            write(found, path)
    return 0 if found and all(row.passed for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())

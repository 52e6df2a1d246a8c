"""What docs/storage.md says of PostgreSQL's own tools works as written."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from app.filled import TYPES, fill, make_home
from stadtwerk.app.home import Home
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.limits import RESTORE_GAP
from stores.server import PostgresServer, binaries

DOCS = Path(__file__).parents[2] / "docs" / "storage.md"


def test_dump_and_load(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """A dump of the tenant, loaded elsewhere and told that it is old, is a whole city whose tokens go on higher."""
    url = postgres_server.url("duisburg")
    home = make_home(tmp_path / "data", tmp_path / "city", url)
    fill(home)
    before = check_folder(home.data, url)
    place = ["-h", str(postgres_server.folder), "-U", "city"]
    dump = subprocess.run(
        [binaries() / "pg_dump", *place, "--schema=duisburg", "postgres"], check=True, capture_output=True
    ).stdout
    postgres_server.psql("CREATE DATABASE elsewhere")
    steps = re.search(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert steps
    for script in (dump, steps[1].encode()):
        load = [binaries() / "psql", *place, "-d", "elsewhere", "-v", "ON_ERROR_STOP=1", "-q"]
        subprocess.run(load, input=script, check=True, capture_output=True)
    there = url.replace("/postgres?", "/elsewhere?")
    moved = make_home(tmp_path / "moved", tmp_path / "city", there)
    after = check_folder(moved.data, there)
    assert (after["chain"], after["stored"]) == ("good", before["stored"])
    decisions, telemetry = Home.of(moved.data, there).open(TYPES)
    assert decisions.last_token("lighting") == 12 + RESTORE_GAP
    fill_more = decisions.set_meta("again", "yes")
    fill_more.result(10)
    decisions.close()
    telemetry.close()

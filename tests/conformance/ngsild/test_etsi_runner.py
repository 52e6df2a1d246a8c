"""The runner of the ETSI suite, without the suite: what it chooses, reads and explains."""

from __future__ import annotations

from pathlib import Path

import pytest
from etsi import wished
from etsi_gaps import Gap, differences, read_gaps
from etsi_robot import Wish
from etsi_rows import Row, rows, table
from etsi_suite import family

BATCH = "TP/NGSI-LD/ContextInformation/Provision/BatchEntities/CreateBatchOfEntities/003_01.robot"
ENTITY = "TP/NGSI-LD/ContextInformation/Provision/Entities/CreateEntity/001_01.robot"
CONTEXT = "TP/NGSI-LD/jsonldContext/Provision/AddContext/050_01.robot"
OUTPUT = f"""<robot><suite name="all"><suite name="001 01" source="/somewhere/{ENTITY}">
<test name="001_01_01 MinimalEntity"><kw><msg level="INFO">asked</msg></kw><status status="PASS"/></test>
<test name="001_01_02 Another"><status status="FAIL">400
  != 201</status></test>
</suite></suite></robot>"""


@pytest.mark.parametrize(
    ("families", "files", "chosen"),
    [
        ([], [], (BATCH, ENTITY, CONTEXT)),
        (["Provision"], [], (BATCH, ENTITY)),
        (["Provision/Entities", "jsonldContext"], [], (ENTITY, CONTEXT)),
        (["Provision/Ent"], [], ()),
        ([], ["00*"], (BATCH, ENTITY)),
        ([], ["003_01", "050_01.robot"], (BATCH, CONTEXT)),
    ],
)
def test_files_are_chosen_by_family_and_name(families: list[str], files: list[str], chosen: tuple[str, ...]) -> None:
    assert wished([BATCH, ENTITY, CONTEXT], families, files) == chosen


def test_a_family_leaves_out_what_most_share() -> None:
    assert family(ENTITY) == "Provision/Entities/CreateEntity"
    assert family(CONTEXT) == "jsonldContext/Provision/AddContext"


def test_two_offsets_share_no_port() -> None:
    """Two people test at the same time: ports, and for MQTT's fixed port the address, are their own."""
    mine, yours = (Wish("http://127.0.0.1:1/ngsi-ld/v1", (), offset=offset).variables() for offset in (0, 10))
    for name in ("notification_server_port", "context_source_port", "context_server_port", "mqtt_broker_host"):
        assert mine[name] != yours[name]
    assert mine["broker_root"] == "http://127.0.0.1:1"


def test_verdicts_are_read_and_summed(tmp_path: Path) -> None:
    """One row a case, red ones with their message on one line, sums by family."""
    output = tmp_path / "output.xml"
    output.write_text(OUTPUT)
    found = rows(output)
    assert [(row.case, row.passed) for row in found] == [
        ("001_01_01 MinimalEntity", True),
        ("001_01_02 Another", False),
    ]
    assert found[1].message == "400 != 201"
    assert "1 of     2" in table(found)
    assert "MinimalEntity" not in table(found)


def test_gaps_are_compared_both_ways() -> None:
    """A red case without a reason is told, and so is a reason without a red case."""
    found = [Row("f", "file", "1 red", passed=False, message="m"), Row("f", "file", "2 green", passed=True, message="")]
    assert differences(found, {"1 red": Gap("5.1", "because")}) == []
    assert len(differences(found, {})) == 1
    assert len(differences(found, {"1 red": Gap("5.1", "because"), "2 green": Gap("5.1", "because")})) == 1


def test_each_gap_has_a_clause_and_a_reason() -> None:
    assert all(gap.clause and gap.why for gap in read_gaps().values())

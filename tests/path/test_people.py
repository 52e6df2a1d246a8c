"""People at a running city: accounts, sessions, keys, four eyes, who reads what, and the audit of all that."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from path.people import Visitor, alive, enter, person, program
from path.running import ROOT, RunningCity, eventually
from path.small_city import write_small_city

RULES = """
[[four_eyes]]
kind = "lighting.set-level"
targets_over = 2
level_below_percent = 30

[[four_eyes]]
kind = "access.set-roles"
role = "admin"
"""
DARK = {"target": {"district": "d1"}, "level_percent": 10, "until": "2099-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of five lamps where dark districts and new admins take two persons."""
    folder = tmp_path_factory.mktemp("people")
    data = folder / "data"
    data.mkdir()
    (data / "access.toml").write_text(RULES)
    with RunningCity(write_small_city(folder / "city", 5), data) as running:
        yield running


def dark(city: RunningCity, percent: float = 10) -> dict[str, object]:
    """Ask for a dark district for an hour of the city's time."""
    now = city.client.get("/api/city")["clock"]["now"]
    return {**DARK, "level_percent": percent, "until": now.replace("Z", "+00:00")[:11] + "23:59:59.900+00:00"}


@pytest.mark.secures("AR-7")
def test_roles_count_from_the_next_request(city: RunningCity) -> None:
    account, anna = person(city, "Anna Rolle", "operator")
    assert anna.get("/api/session")["actor"] == account
    assert anna.get("/api/lighting/energy")
    assert anna.ask("GET", "/api/people")[0] == 403
    assert anna.command("access.set-roles", {"account": account, "roles": ["admin"]})[0] == 403
    city.client.post("/api/commands/access.set-roles", {"account": account, "roles": ["caseworker"]})
    assert anna.ask("GET", "/api/lighting/energy")[0] == 403
    assert anna.ask("GET", "/")[0] == 303
    assert anna.answer["location"] == "/account"
    city.client.post("/api/commands/access.disable", {"account": account})
    assert anna.ask("GET", "/api/session")[0] == 401


def test_the_first_link_makes_who_holds_the_folder_admin(city: RunningCity) -> None:
    first = enter(city, city.client.post("/api/links")["path"])
    assert first.get("/api/session") == {"actor": "operator", "roles": ["operator", "engineer", "admin"], "via": "link"}
    assert "Inhaber des Datenordners" in first.get("/account")
    assert first.ask("GET", "/api/me/data")[0] == 409


@pytest.mark.secures("AR-5")
def test_sessions_are_listed_ended_and_new_at_each_sign_in(city: RunningCity) -> None:
    account, one = person(city, "Berta Sitzung", "operator")
    cookie = one.answer["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    token = one.cookies["stadtwerk_session"]
    link = city.client.post(f"/api/people/{account}/link")["path"]
    assert one.ask("GET", link)[0] == 303
    assert one.cookies["stadtwerk_session"] != token
    old = Visitor(city.port)
    old.cookies["stadtwerk_session"] = token
    assert old.ask("GET", "/api/session")[0] == 401, "signing in again ends the session before"
    two = enter(city, city.client.post(f"/api/people/{account}/link")["path"], **{"User-Agent": "Firefox/1 Windows"})
    assert "Firefox · Windows" in one.get("/account")
    assert one.form("/account/sessions/end", id="others")[0] == 303
    assert two.ask("GET", "/api/session")[0] == 401
    assert one.get("/api/session")["actor"] == account
    assert one.ask("POST", "/sign-out")[0] == 303
    assert one.ask("GET", "/api/session")[0] == 401
    assert enter(city, city.client.post(f"/api/people/{account}/link")["path"]).get("/account")
    assert Visitor(city.port).ask("GET", link)[0] == 401, "a link lets in once"


@pytest.mark.secures("AR-6")
def test_a_stream_ends_with_its_session(city: RunningCity) -> None:
    account, anna = person(city, "Anna Strom", "operator")
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    cookie = f"stadtwerk_session={anna.cookies['stadtwerk_session']}"
    connection.request("GET", "/api/stream", headers={"Cookie": cookie})
    stream = connection.getresponse()
    assert stream.readline()
    city.client.post("/api/commands/access.disable", {"account": account})
    while stream.readline():
        pass
    connection.close()


@pytest.mark.secures("AR-2")
def test_foreign_pages_command_nothing(city: RunningCity) -> None:
    _, anna = person(city, "Anna Fremd", "operator")
    clear = {"target": {"lamp": "do-0000001"}}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert anna.ask("POST", "/api/commands/lighting.clear", clear, **headers)[0] == 403
    plain = Visitor(city.port)
    plain.cookies = anna.cookies
    plain.ask("POST", "/api/commands/lighting.clear", clear)
    assert anna.command("lighting.clear", clear)[0] == 202


def test_a_key_is_shown_once_scoped_and_counted(city: RunningCity) -> None:
    account, anna = person(city, "Anna Schlüssel", "operator")
    status, made = anna.ask(
        "POST",
        "/api/me/keys",
        {"name": "Wetter", "scopes": ["ngsild.read", "session.read"], "days": 1, "per_minute": 3},
    )
    assert status == 201
    assert "no-store" in anna.answer["cache-control"]
    station = program(city, made["token"])
    assert station.get("/api/session") == {
        "actor": account,
        "roles": ["operator"],
        "scopes": ["ngsild.read", "session.read"],
        "via": "key",
    }
    assert station.ask("GET", "/api/lighting/energy")[0] == 403
    assert station.ask("GET", "/account")[0] == 200
    status, problem = station.ask("GET", "/api/session")
    assert (status, problem["type"]) == (429, "urn:stadtwerk:problem:quota")
    assert 1 <= int(station.answer["retry-after"]) <= 21
    page = anna.get("/account")
    assert "Wetter" in page
    assert made["token"] not in page
    assert anna.form("/account/keys/revoke", id=made["id"])[0] == 303
    assert station.ask("GET", "/api/session")[0] == 401


def test_a_key_manages_no_account(city: RunningCity) -> None:
    _, anna = person(city, "Anna Maschine", "admin")
    made = anna.ask("POST", "/api/me/keys", {"name": "alles"})[1]
    station = program(city, made["token"])
    assert station.ask("POST", "/api/me/keys", {"name": "mehr"})[0] == 403
    assert station.form("/account/sessions/end", id="others")[0] == 403
    assert station.ask("GET", "/api/me/data")[0] == 403
    assert station.get("/api/people")["accounts"]


def test_a_key_from_the_page_without_scripts(city: RunningCity) -> None:
    _, anna = person(city, "Anna Formular", "operator")
    status, page = anna.form("/account/keys", name="<Haus>", scopes="lighting.*", days="3", per_minute="5")
    assert status == 200
    assert "sw_" in page
    assert "&lt;Haus&gt;" in page
    status, page = anna.form("/account/keys", name="x", scopes="", days="4000", per_minute="5")
    assert (status, "sw_" in page) == (422, False)
    assert "<code>days</code> von 1 bis 365" in page
    page = anna.form("/account/keys", name="x", scopes="", days="bald", per_minute="5")[1]
    assert "<code>days</code> erwartet wird `int`, nicht `str`" in page


def test_four_eyes_hold_until_another_person_agrees(city: RunningCity) -> None:
    anna_id, anna = person(city, "Anna Vier", "operator")
    bert_id, bert = person(city, "Bert Augen", "operator")
    _, partner = person(city, "Paula Partner", "auditor")
    wish = dark(city)
    status, held = anna.command("lighting.set-level", wish, "four-eyes-0001")
    assert (status, held["state"]) == (202, "requested")
    assert held["held_until"]
    again = anna.command("lighting.set-level", wish, "four-eyes-0001")[1]
    assert again == held, "the same id is the same command, also while it waits"
    waiting = bert.get("/api/approvals")["waiting"]
    assert [(row["command"]["id"], row["mine"], row["can_decide"]) for row in waiting] == [
        ("four-eyes-0001", False, True)
    ]
    assert anna.get("/api/approvals")["waiting"][0]["mine"]
    assert not partner.get("/api/approvals")["waiting"][0]["can_decide"]
    approve = {"command": "four-eyes-0001", "reason": "agreed by radio"}
    assert anna.command("access.approve", approve)[1]["type"].endswith("same-person")
    assert partner.command("access.approve", approve)[0] == 403
    city.kill("core")
    eventually(lambda: alive(city))
    status, done = bert.command("access.approve", approve, "approval-0001")
    assert (status, done["state"]) == (202, "confirmed")
    assert bert.command("access.approve", approve, "approval-0001")[1] == done
    assert eventually(lambda: bert.get("/api/commands/four-eyes-0001")["state"] in ("sent", "confirmed"))
    assert bert.command("access.approve", approve)[1]["type"].endswith("not-waiting")
    again = anna.command("lighting.set-level", wish, "four-eyes-0001")[1]
    assert (again["id"], again["actor"], again["targets"]) == ("four-eyes-0001", anna_id, 5)
    told = [(row["kind"], row["actor"]) for row in _audit(city, "entity=four-eyes-0001")]
    assert ("access.approved", bert_id) in told
    assert told[-1] == ("command.requested", anna_id)


def test_four_eyes_say_no(city: RunningCity) -> None:
    _, anna = person(city, "Anna Nein", "operator")
    bert_id, bert = person(city, "Bert Nein", "engineer")
    held = anna.command("lighting.set-level", dark(city))[1]
    assert bert.command("access.reject", {"command": held["id"], "reason": "too dark"})[0] == 202
    view = anna.get(f"/api/commands/{held['id']}")
    assert view["state"] == "refused"
    assert view["refusal"]["detail"] == f"{bert_id}: too dark"
    assert anna.command("lighting.set-level", dark(city, 40))[1]["state"] != "requested", "not dark enough to ask"


def test_making_an_admin_takes_two(city: RunningCity) -> None:
    account, anna = person(city, "Anna Adminna", "operator")
    _, boss = person(city, "Chefin Adminna", "admin")
    held = boss.command("access.set-roles", {"account": account, "roles": ["admin"], "reason": "Anna deputises"})[1]
    assert held["state"] == "requested"
    assert city.client.post("/api/commands/access.approve", {"command": held["id"]})["state"] == "confirmed"
    assert anna.get("/api/session")["roles"] == ["admin"]


def test_who_reads_a_name_says_why_and_the_person_sees_it(city: RunningCity) -> None:
    account, anna = person(city, "Anna Gelesen", "operator", mail="anna@gelesen.example")
    boss_id, boss = person(city, "Chefin Liest", "auditor")
    assert "Anna Gelesen" not in json.dumps(boss.get("/api/people"))
    assert boss.ask("POST", "/api/people/open", {"accounts": [account], "why": ""})[0] == 422
    assert boss.ask("POST", "/api/people/open", {"accounts": [account], "why": "ask Anna Gelesen"})[0] == 422
    found = boss.ask("POST", "/api/people/open", {"accounts": [account, "p-nobody"], "why": "call back"})[1]
    assert found == {"people": {account: {"name": "Anna Gelesen", "mail": "anna@gelesen.example"}}}
    mine = anna.get("/api/me/data")
    assert [(read["reader"], read["fields"], read["why"]) for read in mine["reads"]] == [
        (boss_id, ["name", "mail"], "call back")
    ]
    assert (mine["name"], mine["mail"]) == ("Anna Gelesen", "anna@gelesen.example")
    page = anna.get("/account/data?lang=en")
    assert "call back" in page
    assert "What for" in page
    assert anna.ask("POST", "/api/people/open", {"accounts": [account], "why": "me"})[0] == 403


def test_reasons_for_lamps_name_no_people(city: RunningCity) -> None:
    _, anna = person(city, "Annegret Kramp-Meier", "operator", mail="akm@stadt.example")
    wish = {"target": {"lamp": "do-0000001"}}
    for reason in ("wegen annegret  KRAMP-MEIER", "Mail an akm@stadt.example", "Kramp-Meier, Annegret will es"):
        status, problem = anna.command("lighting.clear", {**wish, "reason": reason})
        assert (status, problem["faults"][0]["field"]) == (422, "reason"), reason
    assert anna.command("lighting.clear", {**wish, "reason": "Frau Meier bat darum"})[0] == 202


def test_the_audit_filters_pages_and_goes_out(city: RunningCity) -> None:
    account, anna = person(city, "Anna Prüfung", "operator")
    _, auditor = person(city, "Prüferin", "auditor")
    for _ in range(3):
        anna.command("lighting.clear", {"target": {"lamp": "do-0000002"}, "reason": "tested"})
    assert anna.ask("GET", "/api/audit")[0] == 403
    mine = auditor.get(f"/api/audit?actor={account}&kind=command.requested")["entries"]
    assert [(row["command_kind"], row["why"]) for row in mine] == [("lighting.clear", "tested")] * 3
    page = auditor.get(f"/api/audit?actor={account}&kind=command.requested&limit=2")
    rest = auditor.get(f"/api/audit?actor={account}&kind=command.requested&limit=2&before={page['next']}")
    assert [row["seq"] for row in page["entries"] + rest["entries"]] == [row["seq"] for row in mine]
    about = auditor.get("/api/audit?entity=urn:ngsi-ld:Streetlight:do-0000002&kind=command.requested")["entries"]
    assert {row["seq"] for row in mine} <= {row["seq"] for row in about}
    assert not auditor.get("/api/audit?entity=do-0000009")["entries"]
    assert not auditor.get("/api/audit?to=2020-01-01T00:00:00Z")["entries"]
    assert auditor.get(f"/api/audit?from={mine[0]['at']}")["entries"][-1]["seq"] >= mine[2]["seq"]
    assert auditor.ask("GET", "/api/audit?from=yesterday")[0] == 422
    lines = auditor.get(f"/api/audit.jsonl?actor={account}").splitlines()
    assert len(lines) == len(auditor.get(f"/api/audit?actor={account}&limit=200")["entries"])
    assert all(json.loads(line)["actor"] == account for line in lines)


@pytest.mark.secures("log")
def test_the_published_head_holds_for_the_exported_journal(city: RunningCity, tmp_path: Path) -> None:
    stranger = Visitor(city.port)
    key = stranger.get("/api/journal/key").strip()
    head = tmp_path / "head.txt"
    early = stranger.get("/.well-known/stadtwerk-head")
    person(city, "Anna Später")
    journal = tmp_path / "out" / "journal.jsonl"

    def both_tell_as_much() -> bool:
        """The city decides on while it is exported: ask for both until nothing came in between."""
        _cli(city, "export", str(tmp_path / "out"))
        head.write_text(stranger.get("/api/journal/head"))
        return head.read_text().splitlines()[1] == str(len(journal.read_text().splitlines()))

    eventually(both_tell_as_much, 60)
    verify = [sys.executable, "tools/verify_journal.py", str(journal), str(head), "--key", key]
    assert subprocess.run(verify, cwd=ROOT, check=False).returncode == 0
    head.write_text(early)
    assert subprocess.run(verify, cwd=ROOT, check=False).returncode == 1
    assert subprocess.run([*verify, "--newer"], cwd=ROOT, check=False).returncode == 0
    report = json.loads(_cli(city, "verify"))
    assert (report["chain"], report["equal"]) == ("good", True)


def _audit(city: RunningCity, query: str) -> list[dict[str, str]]:
    return city.client.get(f"/api/audit?limit=200&{query}")["entries"]


def _cli(city: RunningCity, *args: str) -> str:
    argv = [sys.executable, "-m", "stadtwerk", *args, "--data", str(city.data)]
    env = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True, env=env).stdout

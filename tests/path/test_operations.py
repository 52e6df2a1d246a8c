"""Operations of a running city: health and its limits, probes, figures for Prometheus, logs without secrets, the doctor."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from path.running import ROOT, RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel import limits

UUID = "123e4567-e89b-12d3-a456-426614174000"
CONTACT = "mailto:it@dorf.example"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village, up and running; one command was given and one refused."""
    folder = tmp_path_factory.mktemp("operations")
    written = write_small_city(folder / "city", 5)
    described = json.loads((written / "city.json").read_text())
    (written / "city.json").write_text(
        json.dumps({**described, "security": {"contact": CONTACT, "url": "https://dorf.example"}})
    )
    (written / "map.pmtiles").write_bytes(b"")
    with RunningCity(written, folder / "data") as running:
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        body = {"target": {"lamp": "do-0000001"}, "level_percent": 40, "until": until, "reason": "PersonalReason"}
        assert ask(running, "POST", "/api/commands/lighting.set-level?wait=25", body).status == 202
        wrong = {"target": {"lamp": "none"}, "level_percent": 40, "until": until}
        assert ask(running, "POST", "/api/commands/lighting.set-level", wrong).status in (404, 422)
        yield running


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(city: RunningCity, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """Ask with the folder's key unless another authorization is given."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=60)
    given = {"Authorization": f"Bearer {city.key}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, json.dumps(body) if body is not None else None, given)
    answer = connection.getresponse()
    told = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return told


def test_health_tells_every_limit_to_those_who_may_know(city: RunningCity) -> None:
    told = json.loads(ask(city, "GET", "/api/health").body)
    filled = {one["name"]: one for one in told["limits"]}
    assert filled["inbox_rows"]["limit"] == limits.INBOX_ROWS
    assert filled["stream_viewers"]["limit"] == limits.VIEWERS
    assert filled["connections"]["value"] >= 1
    assert filled["connections"]["share"] == pytest.approx(filled["connections"]["value"] / limits.CONNECTIONS)
    assert {"broker", "core", "twin"} <= {one["name"] for one in told["processes"]}
    assert all(one["rss_bytes"] > 1e6 for one in told["processes"])
    public = json.loads(ask(city, "GET", "/api/health", Authorization="").body)
    assert public["status"] in ("ok", "degraded")
    assert not {"limits", "processes", "reasons"} & public.keys()


def test_the_probes_are_public_and_tell_nothing(city: RunningCity) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = ask(city, "GET", path, Authorization="")
        assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.judge("Prometheus's own parsers")
@pytest.mark.parametrize(
    ("accept", "parse"), [("text/plain", plain), ("application/openmetrics-text; version=1.0.0", openmetrics)]
)
def test_the_figures_are_read_by_prometheus(city: RunningCity, accept: str, parse: Any) -> None:
    answer = ask(city, "GET", "/metrics", Accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(accept.partition(";")[0])
    families = {family.name: family for family in parse(answer.body.decode())}
    sums = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    kind = ("kind", "lighting.set-level")
    assert sums["stadtwerk_commands_total", kind, ("state", "confirmed")] == 1
    assert sums["stadtwerk_command_confirm_seconds_count", kind] == 1
    assert sums["stadtwerk_command_decision_seconds_count",] >= 1
    assert sums["stadtwerk_store_commit_seconds_count", ("store", "decisions")] >= 1
    assert sums["stadtwerk_store_commit_seconds_count", ("store", "telemetry")] >= 1
    assert sums["stadtwerk_observation_rows_total",] >= 1
    assert sums["stadtwerk_process_cpu_seconds_total", ("process", "core")] > 0
    assert sums["stadtwerk_process_restarts_total", ("process", "core")] == 0
    assert all(family.documentation for family in families.values())
    assert all(name.startswith("stadtwerk_") for name in families)
    routes = {sample.labels["route"] for sample in families["stadtwerk_http_requests"].samples}
    assert "/api/commands/lighting.set-level" in routes
    assert not any(city.key in route or "token" in route for route in routes)
    promtool = shutil.which("promtool")
    if promtool and parse is plain:
        subprocess.run([promtool, "check", "metrics"], input=answer.body, check=True)


def test_the_figures_are_not_public(city: RunningCity) -> None:
    assert ask(city, "GET", "/metrics", Authorization="").status == 401
    assert ask(city, "GET", "/api/health/findings", Authorization="").status == 401


def test_a_request_has_a_number_that_its_problem_repeats(city: RunningCity) -> None:
    for path in ("/api/nothing", "/api/commands/none", "/ngsi-ld/v1/entities?type=1&q=("):
        answer = ask(city, "GET", path, X_Request_ID=UUID)
        assert answer.status >= 400
        assert json.loads(answer.body)["instance"] == f"urn:uuid:{UUID}"
        assert answer.headers["x-request-id"] == UUID


def test_the_log_tells_a_commands_life_and_no_secret(city: RunningCity) -> None:
    link = city.link
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=10)
    connection.request("POST" if "/sign-in?" not in link else "GET", link.partition(str(city.port))[2])
    answer = connection.getresponse()
    cookie = (answer.getheader("set-cookie") or "").partition(";")[0].partition("=")[2]
    connection.close()
    ask(
        city,
        "POST",
        "/api/commands/lighting.set-level?token=abcdefgh12345678",
        {"password": "abcdefgh12345678"},
        Cookie="stadtwerk_session=abcdefgh12345678",
    )
    ask(city, "GET", "/api/commands/none", Authorization="Bearer abcdefgh12345678")
    told = run(city, "logs", "--lines", "2000")
    (command,) = set(re.findall(r"command confirmed  command_id=(\S+)", told))
    story = run(city, "logs", "--command", command)
    for step in ("command requested", "command accepted", "command sent", "command confirmed", "request answered"):
        assert step in story
    written = "".join(path.read_text() for path in (city.data / "run").glob("*.log"))
    passwords = json.loads((city.data / "run" / "mqtt.json").read_text()).values()
    for secret in (city.key, link.partition("token=")[2], cookie, "abcdefgh12345678", "PersonalReason", *passwords):
        assert not secret or secret not in written
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert {line["process"] for line in lines} >= {"core", "twin", "supervisor"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"]) for line in lines)


def run(city: RunningCity, *arguments: str) -> str:
    """Run the command line on the city's folder."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STADTWERK_VENDOR": str(ROOT / ".cache" / "vendor")}
    command = [sys.executable, "-m", "stadtwerk", arguments[0], "--data", str(city.data), *arguments[1:]]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60).stdout


def test_the_doctor_visits_a_running_city(city: RunningCity) -> None:
    told = {one["check"]: one["level"] for one in json.loads(run(city, "doctor", "--json"))["findings"]}
    assert (
        told["lock"] == told["ports"] == told["core"] == told["journal"] == told["databases"] == told["secrets"] == "ok"
    )
    over_http = json.loads(ask(city, "GET", "/api/health/findings?lang=de").body)
    assert {one["check"] for one in over_http["findings"]} == told.keys()
    assert ask(city, "GET", "/api/health/findings?lang=fr").status == 422


def test_strangers_learn_whom_to_tell(city: RunningCity) -> None:
    answer = ask(city, "GET", "/.well-known/security.txt", Authorization="")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"Contact: {CONTACT}\n" in answer.body.decode()
    assert "Policy: https://dorf.example/security-policy\n" in answer.body.decode()
    assert ask(city, "GET", "/security-policy", Authorization="").body == (ROOT / "SECURITY.md").read_bytes()


def test_a_restart_is_counted_everywhere(city: RunningCity) -> None:
    """After a kill the restart stands in health, in the figures and in the doctor's words."""
    city.kill("twin")
    eventually(lambda: json.loads((city.data / "run" / "restarts.json").read_text())["twin"] == 1)
    eventually(lambda: "twin" in {one["name"] for one in health(city)["processes"]})
    (twin,) = [one for one in health(city)["processes"] if one["name"] == "twin"]
    assert twin["restarts"] == 1
    assert (
        b'stadtwerk_process_restarts_total{process="twin"} 1.0'
        in ask(city, "GET", "/metrics", Accept="text/plain").body
    )
    assert "twin 1×" in run(city, "doctor")


def health(city: RunningCity) -> Any:
    return json.loads(ask(city, "GET", "/api/health").body)


def test_without_a_broker_the_city_is_degraded_and_says_why(city: RunningCity) -> None:
    pid = city.pid("broker")
    os.kill(pid, 19)  # SIGSTOP: it lives, but answers nobody
    try:
        city.kill("core")
        told = eventually(lambda: _degraded(city), timeout_s=40)
        assert "broker" in {reason["about"] for reason in told["reasons"]}
        assert ask(city, "GET", "/health/ready", Authorization="").status == 200, "commands are still decided"
    finally:
        os.kill(pid, 18)


def _degraded(city: RunningCity) -> Any:
    try:
        told = health(city)
    except (OSError, http.client.HTTPException):
        return None
    return told if told["status"] == "degraded" else None

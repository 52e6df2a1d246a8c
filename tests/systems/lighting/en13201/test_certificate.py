"""Certificates: whoever has the verifier can calculate them again; forged ones are rejected."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import verify_light
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.certificate import Notary, lines, mark_of, seal_of
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, Strip
from stadtwerk.systems.lighting.engine.en13201.surface import surface
from systems.lighting.en13201 import made


def chain(streets: int = 3) -> tuple[Notary, list[dict]]:
    """A few certificates of drawn streets with luminance and without, and one of a path."""
    notary, sealed = Notary(), []
    for number in range(streets):
        rng = np.random.default_rng([8, number])
        lights = [made.luminaire(made.ldt((number + k) % 5, rng)) for k in range(1 + number % 2)]
        street = made.street(rng, lights)
        classes = {"carriageway": ("M4", "C4", "P3")[number % 3], "footway": "P4"}
        sealed.append(notary.certify(street, classes, {"street": f"s{number}"}))
    path = Row(generated_luminaire("path", 2000.0, 16.0), -1.0, 4.5, tilt_deg=5.0)
    road = Street(32.0, 0.0, 0, (path,), surface("R3"), (Strip("path", 0.0, 2.0),))
    sealed.append(notary.certify(road, {"path": "P6"}, {"street": "path"}))
    return notary, sealed


def told(tmp_path: Path, notary: Notary, certificates: list[dict], head: str = "") -> int:
    """Ask the verifier."""
    file = tmp_path / "chain.jsonl"
    file.write_text("\n".join(lines(notary, certificates)) + "\n")
    return verify_light.main([str(file), head])


def resealed(certificates: list[dict]) -> list[dict]:
    """What a forger does: seal everything anew."""
    before = certificates[0]["before"]
    for one in certificates:
        one["before"] = before
        one["seal"] = before = seal_of(one)
    return certificates


def test_true_certificates_are_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As lines and as one object; drawn streets of every symmetry; the head is told."""
    notary, sealed = chain(15)
    assert told(tmp_path, notary, sealed, notary.head) == 0
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps({"materials": notary.materials(), "certificates": sealed}, indent=1))
    assert verify_light.main([str(whole)]) == 0
    assert notary.head in capsys.readouterr().out


def leaves(value: object, place: tuple = ()) -> list[tuple]:
    """All places of a certificate that hold a value."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, one in items for found in leaves(one, (*place, key))]
    return [place]


def other(value: object) -> object:
    """Something else of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 1.05 + 1
    return ("P1" if value != "P1" else "P2") if isinstance(value, str) else 0.5


def test_any_change_is_found(tmp_path: Path) -> None:
    """A certificate changed anywhere no longer fits its seal."""
    notary, sealed = chain(2)
    for place in leaves(sealed[1]):
        forged = copy.deepcopy(sealed)
        change(forged[1], place)
        assert told(tmp_path, notary, forged) == 1, place


def change(certificate: dict, place: tuple) -> None:
    """Put something else at a place."""
    inner = certificate
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = other(inner[place[-1]])


def test_forgers_who_seal_anew_are_found_by_calculation(tmp_path: Path) -> None:
    """What is delivered, the verdicts and the layout cannot be bent, even with all seals made good."""
    notary, sealed = chain(3)
    for number, certificate in enumerate(sealed):
        for place in leaves({name: certificate[name] for name in ("delivered", "verdicts", "layout", "classes")}):
            forged = copy.deepcopy(sealed)
            change(forged[number], place)
            idle = [place[1:] == ("two_way",) and not certificate["delivered"]["lanes"]]
            idle.append(place[1:] == ("width_m",) and not certificate["layout"]["lanes"])
            if place[0] == "layout" and any(idle):
                continue  # no eye looks along, no carriageway is there: nothing is claimed by it
            assert told(tmp_path, notary, resealed(forged)) == 1, (number, place)


def test_materials_cannot_be_changed(tmp_path: Path) -> None:
    """A stronger lamp or a brighter road under the old mark is found; under a new one the layout does not name it."""
    notary, sealed = chain(1)
    for kind in ("photometries", "surfaces"):
        kept = getattr(notary, kind)
        mark = next(iter(kept))
        material = copy.deepcopy(kept[mark])
        table = material["cd_per_klm" if kind == "photometries" else "r"]
        table[0][0] += 1.0
        honest = kept.pop(mark)
        kept[mark] = material
        assert told(tmp_path, notary, sealed) == 1
        del kept[mark]
        kept[mark_of(material)] = material
        assert told(tmp_path, notary, sealed) == 1
        del kept[mark_of(material)]
        kept[mark] = honest
    assert told(tmp_path, notary, sealed) == 0


def test_chain_cannot_be_cut_reordered_or_redone(tmp_path: Path) -> None:
    """A missing or swapped link is found; a cut end and a chain redone only with the published head."""
    notary, sealed = chain(3)
    assert told(tmp_path, notary, [sealed[0], *sealed[2:]]) == 1
    assert told(tmp_path, notary, [sealed[1], sealed[0], *sealed[2:]]) == 1
    assert told(tmp_path, notary, sealed[:-1]) == 0
    assert told(tmp_path, notary, sealed[:-1], notary.head) == 1
    redone = copy.deepcopy(sealed)
    redone[0]["about"] = {"street": "another"}
    assert told(tmp_path, notary, resealed(redone), notary.head) == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"materials": {}}\n{"x": 1}', '{"a": NaN}', "x", "[" * 50_000]
)
def test_any_text_is_judged_bad(tmp_path: Path, text: str) -> None:
    """No file makes the verifier crash."""
    file = tmp_path / "bad.json"
    file.write_text(text)
    assert verify_light.main([str(file)]) == 1


def test_the_verifier_stands_alone() -> None:
    """At most 200 lines, nothing but the standard library, no line of the engine's."""
    text = Path(verify_light.__file__).read_text()
    assert text.count("\n") <= 200
    assert "stadtwerk" not in text
    assert "numpy" not in text


def test_classes_must_fit_the_areas() -> None:
    """A class for a strip that is not there, or two strips of one name, is refused: nothing is left out in silence."""
    street = made.street(np.random.default_rng(2), [generated_luminaire("road", 3000.0, 30.0)])
    twice = replace(street, strips=(street.strips[0], street.strips[0]))
    for wrong, classes in ((street, {"footpath": "P4"}), (twice, {"footway": "P4"}), (street, {"footway": "M4x"})):
        with pytest.raises(Refused):
            Notary().certify(wrong, classes, {})


def test_failing_lights_change_the_certificate() -> None:
    """Half the light is another certificate with another verdict: level is part of the layout."""
    rng = np.random.default_rng(1)
    street = made.street(rng, [generated_luminaire("road", 3000.0, 30.0)], surface("R3"))
    dim = replace(street, rows=tuple(replace(row, level=0.1) for row in street.rows))
    full, low = (Notary().certify(one, {"carriageway": "P4"}, {}) for one in (street, dim))
    assert full["seal"] != low["seal"]
    assert low["verdicts"][0]["demands"][0]["delivered"] < full["verdicts"][0]["demands"][0]["delivered"]

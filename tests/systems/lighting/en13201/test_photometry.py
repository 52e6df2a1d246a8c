"""Reading EULUMDAT and IES: symmetries, frames, lies, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.eulumdat import read_eulumdat
from stadtwerk.systems.lighting.engine.en13201.generated import OPTICS, generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.ies import read_ies
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry
from stadtwerk.systems.lighting.engine.en13201.symmetry import FRAMES
from systems.lighting.en13201 import made, plain

FEW = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def ies(light: Photometry, sense: float, *, lumens: float = -1, tilt: str = "NONE", step: float = 15.0) -> bytes:
    """Write the same light as an IES file whose H = 0 is at the street side: C = 90 + sense * H."""
    hs = np.arange(0.0, 360.0 + step, step)
    rows = [
        light.intensity(np.full(len(light.gamma_deg), 90.0 + sense * h), light.gamma_deg) * light.flux_lm / 1000
        for h in hs
    ]
    numbers = [*light.gamma_deg, *hs, *(cd for row in rows for cd in row)]
    text = "IESNA:LM-63-2002\r\n[TEST] x\r\n[LUMINAIRE] lumpy\r\n" + f"TILT={tilt}\r\n"
    if tilt == "INCLUDE":
        text += "1\n3\n0 45 90\n1.0 .95 .9\n"
    head = f"1 {lumens} 1.0 {len(light.gamma_deg)} {len(hs)} 1 2 0 0 0\n1.0 1.0 {light.power_w}\n"
    body = "\r\n".join(" ".join(f"{n:.5f}" for n in numbers[k : k + 9]) for k in range(0, len(numbers), 9))
    return (text + head + body + "\r\n").encode()


@FEW
@given(st.integers(0, 10**6), st.integers(0, 4), st.booleans())
def test_every_symmetry_reads_as_a_second_reader_does(seed: int, isym: int, comma: bool) -> None:
    """Our unfolded table and a second reader's folded angles give the same candela everywhere."""
    rng = np.random.default_rng(seed)
    text = made.ldt(isym, rng, comma=comma)
    light, second = made.luminaire(text), plain.read(text)
    c, g = rng.uniform(-360, 720, 40), rng.uniform(0, 90, 40)
    expected = [second.at(a, b) for a, b in zip(c, g, strict=True)]
    assert light.intensity(c, g) * light.flux_lm / 1000 == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("sense", [-1.0, 1.0])
@pytest.mark.parametrize("tilt", ["NONE", "INCLUDE"])
def test_ies_in_both_frames_is_the_same_light(sense: float, tilt: str) -> None:
    """An asymmetrical light comes back whole, and only in the frame it was written in."""
    light = made.luminaire(made.ldt(0, np.random.default_rng(3), evenly=True))
    frames = {-1.0: "h0-street-clockwise", 1.0: "h0-street-counterclockwise"}
    rng = np.random.default_rng(4)
    c, g = rng.uniform(0, 360, 50), rng.uniform(0, 90, 50)
    expected = light.intensity(c, g) * light.flux_lm / 1000
    found = read_ies(ies(light, sense, tilt=tilt), frame=frames[sense])
    assert found.intensity(c, g) * found.flux_lm / 1000 == pytest.approx(expected, rel=1e-4, abs=0.01)
    other = read_ies(ies(light, sense), frame=frames[-sense])
    assert np.abs(other.intensity(c, g) * other.flux_lm / 1000 - expected).max() > 10
    assert found.record.frame == frames[sense]
    assert found.flux_lm == pytest.approx(light.flux_lm * light.output_ratio(), rel=1e-3)


def test_ies_spans() -> None:
    """0, 0-90, 0-180, 90-270 and 0-360: each unfolds by its own mirror planes; others are refused."""
    for angles, at, same in (
        ([0], 10, 200),
        ([0, 45, 90], 30, 150),
        ([0, 45, 90, 180], 30, 330),
        ([90, 135, 270], 100, 80),
    ):
        text = f"IESNA91\nTILT=NONE\n1 1000 1 2 {len(angles)} 1 2 0 0 0 1 1 50\n0 90\n"
        text += " ".join(map(str, angles)) + "\n" + "\n".join(f"{100 + a} {a}" for a in angles)
        light = read_ies(text.encode(), frame="c90-street")
        pair = light.intensity(np.array([at, same], float), np.array([20.0, 20.0]))
        assert pair[0] == pytest.approx(pair[1])
    bad = b"IESNA91\nTILT=NONE\n1 1000 1 2 2 1 2 0 0 0 1 1 50\n0 90\n0 45\n1 1\n1 1"
    with pytest.raises(Refused, match="no type C span"):
        read_ies(bad, frame="c90-street")


def test_a_file_that_lies_about_its_counts_is_read_by_its_lists() -> None:
    """Wrong Mc, Dc, Ng and Dg: the lists count, and the record says so."""
    text = made.ldt(2, np.random.default_rng(9))
    lines = text.split("\r\n")
    truth = made.luminaire(text)
    lines[3], lines[4], lines[5], lines[6], lines[31] = "7", "99", "3", "1", "0"
    light = made.luminaire("\r".join(lines))
    assert np.array_equal(light.intensity_cd_per_klm, truth.intensity_cd_per_klm)
    said = " ".join(light.record.warnings)
    assert "Mc says 7" in said
    assert "Ng says 3" in said
    assert "watts" in said
    assert light.power_w == 0.0


def test_flux_is_checked_by_integration() -> None:
    """100 cd over the lower half are 2 pi 100 lm; a file that states another ratio is warned about."""
    assert made.uniform().output_ratio() == pytest.approx(2 * np.pi * 0.1, rel=1e-12)
    text = made.ldt(1, np.random.default_rng(1))
    assert any("integrated flux" in warning for warning in made.luminaire(text).record.warnings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:30], "too few"),
        (lambda lines: lines[:-40], "do not make"),
        (lambda lines: [*lines[:-1], "NaN"], "negative or not a number"),
        (lambda lines: [*lines[:-1], "-5"], "negative or not a number"),
        (lambda lines: [*lines[:-1], "x"], "no number"),
        (lambda lines: [*lines[:2], "9", *lines[3:]], "symmetry"),
        (lambda lines: [*lines[:28], "0", *lines[29:]], "flux"),
    ],
)
def test_bad_eulumdat_is_refused_in_words(change, said: str) -> None:
    """Cut off, not numeric, negative, dark: a typed refusal, never a crash."""
    lines = made.ldt(0, np.random.default_rng(2)).rstrip().split("\r\n")
    with pytest.raises(Refused, match=said):
        read_eulumdat("\n".join(change(lines)).encode("latin-1"))


@FEW
@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Noise, alone and inside good files, ends in a refusal."""
    good = made.ldt(4, np.random.default_rng(7)).encode("latin-1")
    for bytes_ in (data, good[:200] + data + good[200:]):
        for reader in (read_eulumdat, read_ies):
            try:
                reader(bytes_, frame="c90-street")
            except Refused:
                continue


def test_frame_is_never_guessed() -> None:
    """An IES file needs its frame said; an unknown one is refused."""
    with pytest.raises(Refused):
        read_ies(b"", frame="any")
    with pytest.raises(Refused):
        read_eulumdat(b"", frame="any")
    assert set(FRAMES) >= {"c90-street", "h0-street-clockwise"}


@pytest.mark.parametrize("optic", sorted(OPTICS))
def test_generated_luminaires_say_so_and_keep_their_flux(optic: str) -> None:
    """The label travels with the photometry; the file's flux is what was asked, within its own rounding."""
    light = generated_luminaire(optic, 3640.0, 28.0)
    assert light.record.generated
    assert light.record.warnings == ()
    assert light.output_ratio() == pytest.approx(1.0, abs=1e-4)
    half = light.gamma_deg >= 90
    assert light.intensity_cd_per_klm[:, half].max() == 0.0

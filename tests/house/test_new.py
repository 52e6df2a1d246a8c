"""`./dev new system`: all rooms in a second, nothing half-written, taken out without a trace; the validator's words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import new
from house.example import ROOT, copy_tree, cpu_s, fill_in

ROOMS = 7
CACHES = {".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository."""
    return copy_tree(tmp_path_factory.mktemp("tree") / "stadtwerk")


@pytest.fixture
def run(tree: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a tool of the copy; `code` is how it should end, any if None."""

    def run_one(*words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        argv = [sys.executable, *words]
        done = subprocess.run(argv, cwd=tree, env=environment, capture_output=True, text=True, check=False)
        assert code in (None, done.returncode), done.stdout + done.stderr
        return done

    return run_one


def everything(tree: Path) -> dict[str, bytes]:
    """Every file of a tree that is no cache."""
    files = (path for path in tree.rglob("*") if path.is_file())
    told = {str(path.relative_to(tree)): path for path in files}
    return {name: path.read_bytes() for name, path in told.items() if not CACHES & {*Path(name).parts}}


def test_a_scaffold_and_its_removal_leave_no_trace(
    tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Eight files and three lines come in less than two seconds and go again; a dry run writes nothing."""
    before = everything(tree)
    run("tools/new.py", "system", "waste", "--dry-run")
    assert everything(tree) == before
    began_s = cpu_s()
    run("tools/new.py", "system", "waste", "--thing", "container")
    took_s = cpu_s() - began_s
    after = everything(tree)
    made = sorted(after.keys() - before.keys())
    changed = sorted(name for name in before if before[name] != after[name])
    assert len(made) == 8
    assert changed == ["docs/architecture.md", "docs/systems.md", "src/stadtwerk/app/systems.py"]
    lines = subprocess.run(["git", "diff", "--numstat"], cwd=tree, capture_output=True, text=True, check=True).stdout
    assert [line.split()[:2] for line in lines.splitlines()] == [["1", "0"]] * 3
    assert took_s < 2
    run("tools/new.py", "system", "waste", "--remove")
    assert everything(tree) == before


def test_each_room_says_what_to_write(tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """One failing test a room, its words in the summary; the validator says the same and wants a judge."""
    run("tools/new.py", "system", "waste", "--thing", "container")
    try:
        said = run("-m", "pytest", "-q", "tests/systems/waste", code=1).stdout
        assert f"{ROOMS} failed" in said
        words = set(re.findall(r"^(src/\S+:\d+: FILL IN: .+)$", said, re.MULTILINE))
        told = run("tools/validator.py", code=1).stdout
        assert len({sentence.split(":")[0] for sentence in words}) == ROOMS
        assert words <= set(told.splitlines())
        assert "no judge" in told
    finally:
        run("tools/new.py", "system", "waste", "--remove")


@pytest.mark.slow
def test_names_of_any_length_are_laid_out_well(
    tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Short or long, with an underscore: the linter and the type checker find nothing."""
    names = {"ice": "rink", "open_air_festivals": "amplifierstack"}
    for name, thing in names.items():
        run("tools/new.py", "system", name, "--thing", thing)
    try:
        places = ["src/stadtwerk/systems", "src/stadtwerk/vocab", "src/stadtwerk/app/systems.py", "tests/systems"]
        run("-m", "ruff", "check", *places)
        run("-m", "ruff", "format", "--check", *places)
        run("-m", "mypy", *(f"src/stadtwerk/systems/{name}" for name in names))
        for name in names:
            assert f"{ROOMS} failed" in run("-m", "pytest", "-q", f"tests/systems/{name}", code=1).stdout
    finally:
        for name in names:
            run("tools/new.py", "system", name, "--remove")


@pytest.mark.parametrize(
    ("name", "thing", "words"),
    [
        ("Waste", "container", "small letters"),
        ("1waste", "container", "small letters"),
        ("waste-water", "container", "small letters"),
        ("../waste", "container", "small letters"),
        ("w" * 21, "container", "small letters"),
        ("import", "container", "a word of Python"),
        ("waste", "type", "a word of Python"),
        ("waste", "waste", "called waste as well"),
        ("biometrics", "camera", "Article 5"),
        ("persons", "emotion", "Article 5"),
        ("alarm", "bell", "uses the word itself"),
        ("command", "thing", "uses the word itself"),
        ("lighting", "lamp", "already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, thing: str, words: str) -> None:
    with pytest.raises(new.Mistaken, match=words):
        new.check(name, thing)


def test_nothing_stays_half_written(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a list cannot be written, the files that were are taken back."""
    before = everything(tree)

    def full(*_: object) -> dict[Path, str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new.listing, "tables", full)
    with pytest.raises(OSError, match="No space left"):
        new.make("waste", "container", tree)
    assert everything(tree) == before


def test_a_system_that_others_read_stays(tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Whoever imports its vocabulary is named."""
    said = run("tools/new.py", "system", "lighting", "--remove", code=2).stderr
    assert "others stand on it" in said
    assert "src/stadtwerk/app/city.py" in said
    assert "there is no system waste" in run("tools/new.py", "system", "waste", "--remove", code=2).stderr


def test_by_hand_a_system_goes_with_its_folder_and_one_line(
    tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The rest is left over: noted, not run, no fault."""
    run("tools/new.py", "system", "waste", "--thing", "container")
    shutil.rmtree(tree / "src/stadtwerk/systems/waste")
    register = tree / "src/stadtwerk/app/systems.py"
    register.write_text(register.read_text().replace('    "waste",\n', ""))
    try:
        said = run("tools/validator.py").stdout
        assert [line.split(":")[0] for line in said.splitlines() if line.startswith("(note)")] == [
            "(note) tests/systems/waste",
            "(note) src/stadtwerk/vocab/waste.py",
            "(note) docs/systems.md",
            "(note) docs/architecture.md",
        ]
        assert "waste" not in run("-m", "pytest", "-q", "--collect-only", "tests/systems").stdout
    finally:
        for left in new._files("waste", tree):
            (tree / left).unlink()
        shutil.rmtree(tree / "tests/systems/waste")
        run("tools/new.py", "tables")


WASTE = "src/stadtwerk/systems/waste/"
VOCAB, README, PANEL = "src/stadtwerk/vocab/waste.py", f"{WASTE}README.md", f"{WASTE}panel/waste.js"
FAULTS = (
    {
        (f"{WASTE}alarms.py", r"(?s).*", ""): "alarms.py: empty; write its rationalised alarm table",
        (f"{WASTE}views.py", r"(?s).*", '"""Nothing yet."""\n'): "views.py: empty; write what people see",
    },
    {
        (
            VOCAB,
            '"When it was placed"',
            '""',
        ): "WasteContainer.dateServiceStarted has no description; write what it tells",
        (
            VOCAB,
            '    """Note that a container.*\n',
            "",
        ): "no description; write a docstring for EmptyContainer, with units",
        (VOCAB, ", forbid_unknown_fields=True", ""): "takes fields it does not know; write forbid_unknown_fields=True",
        ("tests/systems/waste/test_waste.py", r'.*refusal\("waste.empty-container.*\n', ""): (
            "tests/systems/waste: no test of a refusal of waste.empty-container; mark one @pytest.mark.refusal("
        ),
        (README, "Judge: .*", "Judge: ourselves."): "no judge; write `Judge:`",
        (README, r"\| \| location .*\n", ""): "its entity table is not that of the code; run `./dev new tables`",
        (PANEL, 'customElements.define\\("', 'print("'): "defines no element; write customElements.define(...)",
        (PANEL, "export const words", "const words"): "exports no `words`",
        (PANEL, '.*"cmd.waste.empty-container": "Emptied",\n', ""): "is said in one language only",
        (
            "docs/systems.md",
            r"\| Waste .*\n",
            "",
        ): "docs/systems.md: waste is not listed as it is; run `./dev new tables`",
        ("docs/architecture.md", r" +waste/ .*\n", ""): "docs/architecture.md: waste is not listed as it is",
    },
    {
        (README, "5 of 5", "well"): "the judge has no score; write it as in 31 of 31",
        (README, "Screen: .*", "It has a screen."): "no screen; write `Screen:`",
        (PANEL, '"nav.waste": "Abfall",', ""): "no word nav.waste; write how people call this screen or command",
        (PANEL, '"nav.waste": "Waste",', '"nav.wast": "Waste",'): "nav.wast is said in one language only",
    },
    {("src/stadtwerk/app/systems.py", r'    "waste",\n', ""): 'waste is not listed; write "waste", in CITY'},
)
"""What is broken in a system that is complete, some at a time, and what the validator then says."""


def test_the_validator_names_each_fault_in_words(
    tree: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A complete system has no fault; each broken thing has one sentence: what, where, what to write."""
    run("tools/new.py", "system", "waste", "--thing", "container")
    fill_in(tree)
    run("tools/new.py", "tables")
    try:
        assert "systems are complete: lighting, poles, waste" in run("tools/validator.py").stdout
        for faults in FAULTS:
            whole = {name: (tree / name).read_text() for name, _, _ in faults}
            for name, pattern, text in faults:
                before = (tree / name).read_text()
                (tree / name).write_text(re.sub(pattern, text, before, count=1))
                assert (tree / name).read_text() != before, pattern
            said = run("tools/validator.py", code=1).stdout
            for name, text in whole.items():
                (tree / name).write_text(text)
            for words in faults.values():
                assert words in said
            sentences = [line for line in said.splitlines() if not line.startswith("(note)")]
            assert len(sentences) == len(faults) + 1, said
    finally:
        run("tools/new.py", "system", "waste", "--remove")


def test_the_real_systems_are_complete() -> None:
    """The house keeps its own rules."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    argv = [sys.executable, "tools/validator.py"]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

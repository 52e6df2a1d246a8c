"""The process that answers about the past: questions come in on its input, answers go out on its output, in order."""

from __future__ import annotations

import logging
import os
import select
import sys
from typing import BinaryIO

import msgspec

from stadtwerk.app.folder import lamp_mark, open_folder
from stadtwerk.app.home import Home
from stadtwerk.app.past.checkpoints import Checkpoints
from stadtwerk.app.past.stage import Stage
from stadtwerk.app.past.wire import Reply, frame, pick
from stadtwerk.app.settings import Settings
from stadtwerk.app.survey import read_survey
from stadtwerk.app.systems import SYSTEMS, make_parts
from stadtwerk.doors.question import Question
from stadtwerk.kernel.refusal import Refusal, Refused, problem_type
from stadtwerk.kernel.system import Part
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.stores.tail import TailReader
from stadtwerk.systems.lighting.energy.table import Table, table_of

log = logging.getLogger(__name__)

IDLE_S = 900
"""Nobody asked for so long: the process ends and gives its memory back; the next question starts it anew."""
NICENESS = 5


def open_stage(settings: Settings) -> Stage:
    """Open city, stores and lake for reading."""
    folder = open_folder(settings.city)
    decisions, telemetry = Home(settings.data, settings.store).databases()
    types = {name: columns for system in SYSTEMS for name, columns in system.columns.items()}
    lake = LakeReader(settings.data / "lake", types, TailReader(telemetry.reader()))

    def remake(name: str) -> Part:
        system = next(system for system in SYSTEMS if system.name == name)
        return Part(system, system.make(folder))

    reader, parts = decisions.reader(), make_parts(folder)
    lamps = lamp_mark(parts["lighting"].state.inventory)

    def table() -> Table | None:
        survey = read_survey(settings.run, lamps)
        return table_of(survey) if survey else None

    return Stage(parts, remake, reader, lake, Checkpoints(settings.run / "past", reader), table)


def reply(stage: Stage, question: Question) -> Reply:
    """Answer one question, whatever happens."""
    try:
        return Reply(answer=stage.answer(question))
    except Refused as no:
        return Reply(refusal=no.refusal)
    except Exception:
        log.exception("%s", question)
        made = "The city made a mistake"
        return Reply(refusal=Refusal(problem_type("internal"), made, 500, "It is in the log of the past."))


def serve(stage: Stage, asked: BinaryIO, told: BinaryIO) -> None:
    """Answer one question after the other until nobody asks any more."""
    while select.select([asked], [], [], IDLE_S)[0]:
        body = pick(asked)
        if body is None:
            return
        told.write(frame(msgspec.msgpack.encode(reply(stage, msgspec.msgpack.decode(body, type=Question)))))
        told.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.nice(NICENESS)
    # Whatever prints by accident must not land among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(open_stage(Settings.load(sys.argv[1])), os.fdopen(0, "rb", buffering=0), answers)

"""The simulated lamps' own reading of the radio agrees with the platform's codecs, in both directions."""

from __future__ import annotations

from simulation.lamp import Frame, Lamp, as_columns, as_uplink, read_downlink
from simulation.world import EPOCH_US
from stadtwerk.adapters.lamp_radio.downlink import downlinks
from stadtwerk.adapters.lamp_radio.uplink import read
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, LampCommand, physical

COMMAND = LampCommand(OP_SET, 7, 42.5, 5, 1_790_003_600)


def test_downlinks_are_understood() -> None:
    """What the adapter writes for a group and a device, a lamp carries out."""
    messages = [read_downlink(*message) for message in downlinks(COMMAND, ["street-s1"], [0xA007])]
    assert [(kind, name) for kind, name, _ in messages] == [
        ("multicast-group", "street-s1"),
        ("device", "000000000000a007"),
    ]
    lamp = Lamp(0, "000000000000a007", 0)
    done = lamp.hear(messages[0][2], EPOCH_US)
    assert done is not None
    assert (done.token, done.op, done.half_percent, done.until_s) == (7, 1, 85, 1_790_003_600)


def test_a_lamp_obeys_newer_tokens_only() -> None:
    """The same command again, or an older one, changes nothing."""
    lamp = Lamp(0, "000000000000a007", 0)
    bodies = [
        read_downlink(*downlinks(LampCommand(op, token, 10.0, 0, 1_790_003_600), [], [0xA007])[0])[2]
        for op, token in ((OP_SET, 5), (OP_SET, 5), (OP_CLEAR, 4), (OP_CLEAR, 6))
    ]
    assert [lamp.hear(body, EPOCH_US) is not None for body in bodies] == [True, False, False, True]
    assert lamp.token == 6


def test_uplinks_are_understood() -> None:
    """A status arrives as it was sent, alone or among a gateway's columns."""
    lamp = Lamp(0, "000000000000a007", 0)
    lamp.hear(read_downlink(*downlinks(COMMAND, [], [0xA007])[0])[2], EPOCH_US)
    f_cnt, body = lamp.speak(EPOCH_US)
    frame = Frame(lamp.eui, f_cnt, body, -90)
    for topic, message in (as_uplink(frame, EPOCH_US), as_columns(0, [frame, frame], EPOCH_US)):
        frames = read(topic, message, EPOCH_US)
        told = physical(frames.data)
        assert frames.time_us == EPOCH_US
        assert set(frames.dev_eui.tolist()) == {0xA007}
        assert set(frames.f_cnt.tolist()) == {1}
        assert (told["token"][0], told["level_percent"][0], told["flags"][0], told["applied"][0]) == (7, 42.5, 4, 1)

"""The notifier with its wires: HTTP and MQTT."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.adapters.notify_http import HttpNotifications
from stadtwerk.adapters.notify_mqtt import MqttNotifications
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.notify.letters import Sender
from stadtwerk.app.context.notify.notifier import Notifier
from stadtwerk.context.library import Library
from stadtwerk.context.subscriptions.endpoint import METADATA, read_networks
from stadtwerk.kernel.clock import Clock


def make_notifier(broker: Broker, library: Library, wall: Clock, denied: Sequence[str] = METADATA) -> Notifier:
    """Make the notifier of a broker; nothing is sent into `denied` networks, whatever name leads there."""
    networks = read_networks(tuple(denied))
    http: Sender = HttpNotifications(denied=networks)
    mqtt: Sender = MqttNotifications(networks)
    return Notifier(broker, library, {"http": http, "https": http, "mqtt": mqtt, "mqtts": mqtt}, wall)

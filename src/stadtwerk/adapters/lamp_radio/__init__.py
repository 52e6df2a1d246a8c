"""Lamps behind ChirpStack and radio gateways: MQTT frames to observations, commands to downlinks."""

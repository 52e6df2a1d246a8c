"""Lamps that speak LwM2M 1.1 over CoAP: the platform is their server."""

"""LwM2M 1.1 without sockets: objects of outdoor lamps, TLV and SenML, registrations, what a lamp is told and tells."""

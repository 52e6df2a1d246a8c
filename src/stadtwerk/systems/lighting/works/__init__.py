"""Maintenance: citizens' reports, work orders, crews and their tours."""

"""Notifications of the core process: what changes call for, kept until a receiver has it."""

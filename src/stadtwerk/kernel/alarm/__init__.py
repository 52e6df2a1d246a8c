"""Alarms: what needs somebody's timely action, one per cause, after ISA-18.2 and OPC UA Part 9."""

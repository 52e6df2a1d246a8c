"""The list of Washington judges where it is at hand, named by STADTWERK_TEST_WASHINGTON; elsewhere there is no such test."""

from __future__ import annotations

from cities.lamp_list.lists import WASHINGTON

collect_ignore = [] if WASHINGTON else ["test_washington.py"]

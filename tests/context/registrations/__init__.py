"""Tests of the past, without a store."""

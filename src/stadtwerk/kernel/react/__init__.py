"""Reactions at work: which are on, how often they fired, how deep and how fast they may go."""

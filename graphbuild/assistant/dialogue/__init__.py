"""Choosing the next action."""

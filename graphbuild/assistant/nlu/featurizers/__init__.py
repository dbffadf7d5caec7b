"""Featurizers of messages."""

"""Digests -> bytes: blobs, the action cache, locks, remembered sources."""

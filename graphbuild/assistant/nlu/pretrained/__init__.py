"""Models made elsewhere that components use: where they are, and which they are."""

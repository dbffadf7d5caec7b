"""BuildResult -> Package: a deterministic archive with its manifest."""

"""Components that choose among responses."""

"""Saved files -> Rounds: builds again whenever what a build reads has changed, in one warm process."""

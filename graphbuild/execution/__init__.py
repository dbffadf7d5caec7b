"""Plan -> BuildResult: the scheduler and its workers."""

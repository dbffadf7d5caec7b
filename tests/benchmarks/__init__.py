"""Benchmarks: programs that print tables. Off by default; docs/benchmarks.md says how to run and read them."""

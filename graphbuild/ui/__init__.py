"""The live page: a server on this machine that shows the graph, builds, and tells what happens."""

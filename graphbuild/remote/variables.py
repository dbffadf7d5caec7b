"""Variables of the environment that say how a remote is used. Imports nothing: every command line knows them."""

READ_ONLY_VARIABLE = "GRAPHBUILD_REMOTE_READ_ONLY"
SIGNING_KEY_VARIABLE = "GRAPHBUILD_SIGNING_KEY"
TIMEOUT_VARIABLE = "GRAPHBUILD_REMOTE_TIMEOUT"
WAIT_VARIABLE = "GRAPHBUILD_REMOTE_WAIT"

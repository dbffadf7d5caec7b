"""What all servers of ours stand on: a socket, an end by signals, who may ask, what is read, how it is refused."""

"""How well an assistant understands: metrics, splits of the data, reports. Components of kind `evaluation`."""

"""Any value of the stages -> something to look at. Reads values, runs nothing, prints nothing by itself."""

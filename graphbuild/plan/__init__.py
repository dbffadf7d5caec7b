"""Graph + ActionCache -> Plan: decisions with reasons. Runs nothing."""

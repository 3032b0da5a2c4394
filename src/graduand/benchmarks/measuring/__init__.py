"""How a figure is measured: times, ratios, and the wait for a lock."""

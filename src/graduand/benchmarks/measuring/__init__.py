"""How a figure is taken: times, ratios, locks that were waited for."""

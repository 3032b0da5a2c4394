"""The home page: alarms, advice, figures."""

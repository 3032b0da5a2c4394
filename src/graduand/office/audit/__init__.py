"""The audit at scale: whoever changed is judged, stored and told of."""

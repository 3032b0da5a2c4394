"""The audit: credits, modules and courses, the editions of plans, the degree's own conditions."""

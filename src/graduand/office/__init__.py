"""Verbs: one module a stage of the work; a public function is one transaction."""

"""Verbs: one module for each stage of the work; a public function is one transaction."""

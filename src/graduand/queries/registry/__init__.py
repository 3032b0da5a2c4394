"""The national registry: who goes into its export."""

"""What this installation remembers about itself: demo or not, the demo's clock."""

from __future__ import annotations

from django.db import models


class Deployment(models.Model):
    """One setting that must be the same for web, worker and command line."""

    key = models.CharField(max_length=40, primary_key=True)
    value = models.TextField()

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

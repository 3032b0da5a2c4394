"""The end of a batch: closed, opened again, declared finished, each by two people."""

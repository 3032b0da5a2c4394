"""Judgement: pure rules over plain facts. Standard library only, no clock, no input or output."""

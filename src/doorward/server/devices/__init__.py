"""Devices: who they are, whether they may come in, how they are reached and how they do."""

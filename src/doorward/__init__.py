"""Doorward: an open access-control server for Suprema terminals."""

__version__ = "0.1.0"

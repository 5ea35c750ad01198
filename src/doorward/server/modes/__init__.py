"""Bringing a device from direct to server mode in one step, and back."""

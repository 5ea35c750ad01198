"""Doors: their state, what is done with them, their alarms, and where they lie on floor plans."""

"""Events: what happened at the doors, kept exactly once, and what follows from it."""

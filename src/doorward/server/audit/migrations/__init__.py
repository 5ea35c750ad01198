"""Who did what, when, from where, and what came of it."""

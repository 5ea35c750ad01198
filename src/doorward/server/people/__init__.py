"""People, what they show at a door, and the departments they belong to."""

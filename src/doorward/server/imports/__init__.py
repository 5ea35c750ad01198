"""Files of people: imported in two steps and undone where nobody changed the same people since, and exported."""

"""What each device should hold of people and rights, what it does hold, and what of that is still to be sent."""

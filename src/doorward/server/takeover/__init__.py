"""Taking over: all that devices hold of people and rights is read, compared, and brought into the data."""

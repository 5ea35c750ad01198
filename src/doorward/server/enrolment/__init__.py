"""Enrolment at a device: a card, a finger or a face is read there, and given to a person."""

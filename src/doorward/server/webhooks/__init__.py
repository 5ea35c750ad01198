"""Webhooks: what happens is sent to other programs, in order, until they have it."""

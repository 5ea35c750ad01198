"""Agents: the small processes in branches that dial devices there for the server."""

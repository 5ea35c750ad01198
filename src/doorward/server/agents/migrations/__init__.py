"""Migrations of agents."""

"""Backup and restore of the whole server, and what an upgrade will do."""

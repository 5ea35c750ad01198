"""The server itself: which key fits its database, and whether it runs."""

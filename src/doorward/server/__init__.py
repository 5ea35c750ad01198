"""The server: the data in Django, the API, and one process in which they run beside the gateway."""

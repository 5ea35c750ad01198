"""Pages of ports: which to open, the rules for them, this machine's own, and why a device is not reached."""

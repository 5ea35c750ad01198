"""The server's own certificate authority, and the certificates of devices."""

"""BioStar 1 devices in direct mode: the session and everything that can be asked in it."""

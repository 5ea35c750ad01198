"""Finding devices in the server's networks and setting them up by UDP, for the console and for programs."""

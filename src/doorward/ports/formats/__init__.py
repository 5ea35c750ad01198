"""One module for each language in which a firewall is told its rules."""

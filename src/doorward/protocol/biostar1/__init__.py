"""The wire of BioStar 1 devices: packets, cipher, commands and records; both ends of each exchange."""

"""The part of the BioStar 2 generation that is spoken in clear: search and network settings over UDP 51210."""

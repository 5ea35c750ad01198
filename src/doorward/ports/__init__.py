"""Ports: which to open, why, and what is wrong when a device is not reached.

``catalogue`` holds the facts, ``site`` what an installer tells about a place, ``plan`` the rules that follow, ``rules``
the same in the language of a firewall, ``picture`` the drawing.
"""

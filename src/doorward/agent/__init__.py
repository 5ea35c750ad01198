"""The agent: a small process beside the devices of a branch, which dials the server and serves it as a neighbour.

It must stay small, so it imports neither Django nor the gateway.
"""

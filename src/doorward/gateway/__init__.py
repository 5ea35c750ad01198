"""Many devices at once: every connection of the process, and every event of every device, exactly once.

The gateway knows three collaborators, and no database: the directory (which devices are approved, how each is
reached), the event store (append with the state of the ledger) and the bus (tell what happened, take commands).
They are protocols in ``doorward.gateway.collaborators``, so the gateway runs alone in a test, in one process with the
server, or as one of several.
"""

"""A listening socket for a server that is not ours, such as the web server.

It is bound here, so that a busy port is told in words.
"""

from __future__ import annotations

import os
import socket

from doorward.transport.address import Address
from doorward.transport.errors import bind_error

BACKLOG = 2048


def listening_socket(address: Address) -> socket.socket:
    """Bind a TCP port and listen on it.

    Args:
        address: Where; an empty host takes all addresses, port 0 any free port.

    Raises:
        NotReached: The port is busy (names the program that holds it) or may not be had.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Elsewhere than on Windows this only lets a port be taken again at once after a restart.
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise bind_error(error, address, "tcp") from error
    bound.setblocking(False)
    return bound

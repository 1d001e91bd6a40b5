"""Look at a connection from our side."""

import socket


def hung_up(one: socket.socket) -> bool:
    """Say whether the other side ended it."""
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True

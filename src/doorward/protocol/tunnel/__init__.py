"""The tunnel between an agent and the server: what both ends say inside their WebSocket, without a socket."""

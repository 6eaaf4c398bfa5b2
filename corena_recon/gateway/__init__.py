"""The gateway on the wire: what it is sent, and how what it sends is received and kept."""

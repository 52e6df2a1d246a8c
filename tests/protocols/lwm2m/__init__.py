"""LwM2M without sockets."""

"""Where protocols meet ports and sockets; no decisions here."""

"""TALQ 2.7.1 without sockets: the CMS side, the gateway side, and what each says to the other."""

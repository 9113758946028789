"""Sessions: the live gateway connection of one Discord token, behind a port."""

"""How the simulated bot and its server can differ from what a client expects of them."""

"""How long a message takes from the simulated Discord to a reader of the stream, beside a bare client."""

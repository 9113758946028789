"""HTTP itself: the server, bodies, streams, what is logged of a request."""

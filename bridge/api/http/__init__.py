"""HTTP mechanics: protocol, bodies, streams, logging of requests."""

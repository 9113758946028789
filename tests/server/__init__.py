"""The HTTP server by itself, with a route that answers at once: hosts, browsers, bad clients."""

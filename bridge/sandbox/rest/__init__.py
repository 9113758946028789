"""The REST routes, a file for each resource."""

"""The Python client, against the bridge and against servers that answer what a test says."""

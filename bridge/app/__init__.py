"""The whole bridge, put together and taken apart."""

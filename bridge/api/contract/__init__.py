"""The contract: the format of requests and answers."""

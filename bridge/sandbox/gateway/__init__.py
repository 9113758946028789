"""The gateway: connections, opcodes and READY."""

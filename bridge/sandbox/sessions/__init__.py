"""Sessions: what is sent on one connection, what is kept for RESUME, and the delivery to all of them."""

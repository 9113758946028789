"""Access: which token a request brings, and what is counted and stored of its use."""

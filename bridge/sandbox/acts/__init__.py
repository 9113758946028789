"""What bots and users do to messages and interactions: the functions behind the REST routes."""

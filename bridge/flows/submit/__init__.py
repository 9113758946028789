"""A command becomes a job, and its first news an answer."""

"""The change log as a stream: replay, then follow."""

"""Planted secrets: tests run with secrets that are marked, and a scan finds where the marks have got to."""

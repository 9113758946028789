"""Made-up input from all sides; `make fuzz` tries much more of it than the other tests do."""

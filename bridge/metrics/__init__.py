"""What the bridge measures of itself."""

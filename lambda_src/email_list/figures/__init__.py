"""What is counted, compared and reported."""

"""Feeds whose new entries are emailed."""

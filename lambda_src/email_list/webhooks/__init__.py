"""Webhooks: what the list tells other systems, and how it is delivered."""

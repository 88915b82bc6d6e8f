"""Campaigns: planned, sent at SES's speed, and finished when the sums agree."""

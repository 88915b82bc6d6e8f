"""Feedback: SES's events and what follows from them."""

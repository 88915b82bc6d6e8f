"""Deliverability: whether emails arrive, as far as the DNS, Amazon SES and Gmail tell, and what to do about it."""

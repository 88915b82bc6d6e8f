"""Campaigns: composing, planning, sending and settling a newsletter, and what came back about it."""

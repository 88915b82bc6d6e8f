"""Who is on the list, and how people come, change and leave."""

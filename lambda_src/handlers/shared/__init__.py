"""What several handlers have in common: how their collaborators are made, and how pages answer."""

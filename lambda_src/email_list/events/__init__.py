"""What comes back: SES's events and what follows from them, and what the owner's systems are told."""

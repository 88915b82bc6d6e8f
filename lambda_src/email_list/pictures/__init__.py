"""Pictures for letters: uploaded by editors, made fit for emails, and shown to readers."""

"""The Pulumi components of the email list."""

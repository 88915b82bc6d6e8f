"""What the list's emails are made of, from an author's text to the parts that SES accepts."""

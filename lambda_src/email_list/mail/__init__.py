"""What the list's mails are made of, from an author's text to the parts that SES takes."""

"""The domain of the email list: what a subscriber, a link and a letter are, independent of any Lambda event."""

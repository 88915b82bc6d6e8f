"""Runs the Pulumi program on a laptop: an AWS emulator, an SES stand-in, and the engine that joins them."""

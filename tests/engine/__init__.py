"""Pulumi's own engine runs the program, against the emulator: `make engine`."""
